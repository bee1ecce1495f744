/* SPDX-License-Identifier: GPL-2.0-only */
/* The automaton over one name: byte by byte, or over all its spellings at once. */
#ifndef BAILIWICK_NAME_BPF_H
#define BAILIWICK_NAME_BPF_H

#include "object.bpf.h"

#define BYTES_PER_STEP 8

struct run {
	struct bw_scratch *s;
	__u32 room;
	image_t image;
	struct decide_automaton automaton;
	__u64 dentry;
	__u64 moves;			/* what is known of the directory holds for these, 0 nothing */
	__u32 above;
	__u32 depth;
};

static long byte_step(__u32 i, struct run *c)
{
	struct bw_scratch *s = c->s;
	__u32 state = s->state, j;

	for (j = 0; j < BYTES_PER_STEP; j++) {
		__u32 at = i * BYTES_PER_STEP + j;

		if (at >= s->name_size)
			break;
		state = automaton_next(c->image, &c->automaton, state,
				       s->name[at & (BW_NAME_SIZE - 1)]);
	}
	s->state = state;
	return state == BAILIWICK_STATE_DEAD;
}

static __always_inline void run_bytes(struct run *c, __u32 size)
{
	c->s->name_size = size;
	bpf_loop((size + BYTES_PER_STEP - 1) / BYTES_PER_STEP, byte_step, c, 0);
}

#define DCACHE_OP_COMPARE 2
#define S_CASEFOLD (1u << 15)

/* 1 when the directory takes other spellings for this name, another case at least. */
static __always_inline int name_folds(__u64 dentry)
{
	__u64 super, directory;

	if (!(READ_U32(dentry, struct dentry, d_flags) & DCACHE_OP_COMPARE))
		return 0;
	super = READ_PTR(dentry, struct dentry, d_sb);
	if (READ_PTR(super, struct super_block, s_magic) == PROC_MAGIC)
		return 0;			/* compares who looks, not how it is spelt */
	if (!bpf_core_field_exists(struct super_block, s_encoding) ||
	    !READ_PTR(super, struct super_block, s_encoding))
		return 1;
	directory = READ_PTR(READ_PTR(dentry, struct dentry, d_parent), struct dentry, d_inode);
	return !!(READ_U32(directory, struct inode, i_flags) & S_CASEFOLD);
}

static long spelling_step(__u32 i, struct run *c)
{
	struct bw_scratch *s = c->s;
	__u32 next;

	if (i + 1 == '/')
		return 0;
	next = automaton_next(c->image, &c->automaton, s->state, i + 1);
	if (!i)
		s->next = next;
	if (next == s->next)
		return 0;
	s->differs = 1;
	return 1;
}

/*
 * Such an object answers to many names, and its dentry has the one it was first
 * asked for by.  That says something only where every name leads to one state.
 */
static __always_inline int run_any_name(struct run *c)
{
	struct bw_scratch *s = c->s;

	s->differs = 0;
	bpf_loop(255, spelling_step, c, 0);
	s->state = s->next;
	bpf_loop(255, spelling_step, c, 0);
	return !s->differs && s->next == s->state;
}

#endif
