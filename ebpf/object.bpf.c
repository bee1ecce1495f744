// SPDX-License-Identifier: GPL-2.0-only
/* A dentry's label: walk up, then run the automaton from the root down. */
#include "object.bpf.h"

#define ATTEMPTS (1u << 14)	/* walks during which something was renamed or mounted */
#define WAITS (1u << 23)	/* looks at a rename or mount under way; its processor may be
				 * one of a virtual machine that does not run just now */
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

/* One name of the chain, the outermost first. */
static long name_step(__u32 i, struct run *c)
{
	struct bw_scratch *s = c->s;
	__u64 dentry = s->chain[(s->depth - 1 - i) & BW_CHAIN_MASK];
	__u32 size = READ_U32(dentry, struct dentry, d_name.len);

	if (size - 1 >= BAILIWICK_NAME_MAX ||
	    bpf_probe_read_kernel(s->name, BOUNDED(size, BW_NAME_SIZE - 1),
				  (const void *)READ_PTR(dentry, struct dentry, d_name.name))) {
		s->end = WALK_UNKNOWN;
		s->reason = BAILIWICK_REASON_BAD_NAME;
		return 1;
	}
	if (i + 1 == s->depth)
		s->above = s->state;
	s->state = automaton_next(c->image, &c->automaton, s->state, '/');
	if (!name_folds(dentry)) {
		run_bytes(c, size);
	} else if (!run_any_name(c)) {
		s->end = WALK_UNKNOWN;
		s->reason = BAILIWICK_REASON_BAD_NAME;
		return 1;
	}
	return s->state == BAILIWICK_STATE_DEAD;
}

/* The fixed prefix of a pseudo filesystem, as it stands in the table. */
static __always_inline void run_prefix(struct run *c)
{
	struct bw_scratch *s = c->s;
	__u32 index = (s->prefix - 1) & (WALK_PREFIXES - 1);
	long size = bpf_probe_read_kernel_str(s->name, WALK_PREFIX_SIZE,
					      walk_prefix[index]);

	if (size > 1)
		run_bytes(c, size - 1);
}

/*
 * Where the directory's state is known only the object's own name is left to run.
 * 1 when nothing moved since the directory was asked about.
 */
static __always_inline int object_state_below(struct run *c)
{
	struct bw_scratch *s = c->s;

	if (!c->moves || c->moves & WALK_MOVING)
		return 0;
	s->end = WALK_PATH;
	s->reason = BAILIWICK_REASON_NONE;
	s->prefix = 0;
	s->partial = 0;
	s->chain[0] = c->dentry;
	s->state = c->above;
	s->depth = 1;
	name_step(0, c);
	s->depth = c->depth + 1;
	s->moves = c->moves;
	return s->end == WALK_PATH && walk_moves() == c->moves;
}

/* State of the automaton after the object's canonical path. */
static __always_inline void object_state(struct run *c)
{
	struct bw_scratch *s = c->s;

	walk_up(c->room, c->dentry);
	if (s->end != WALK_PATH)
		return;
	s->above = BAILIWICK_STATE_DEAD;
	s->state = automaton_start(c->image);
	if (s->prefix)
		run_prefix(c);
	bpf_loop(s->depth & (2 * BAILIWICK_DEPTH_MAX - 1), name_step, c, 0);
}

/* The kernel's own readers wait without end; whoever moves something is never us. */
static long wait_step(__u32 i, struct run *c)
{
	return !(walk_moves() & WALK_MOVING);
}

static long attempt_step(__u32 i, struct run *c)
{
	__u64 before = walk_moves();

	if (before & WALK_MOVING)
		return bpf_loop(WAITS, wait_step, c, 0) == WAITS;
	object_state(c);
	if (walk_moves() != before)
		return 0;
	c->s->moves = before;
	c->s->settled = 1;
	return 1;
}

BW_ONCE __u32 object_label(__u32 room, __u64 word, __u64 dentry, __u64 moves, __u64 above)
{
	struct bw_scratch *s = scratch_at(room);
	image_t image = image_open(word);
	struct run c = {
		.s = s,
		.room = room,
		.image = image,
		.dentry = dentry,
		.moves = moves,
		.above = above,
		.depth = above >> 32,
	};

	if (!s || !image)
		return BAILIWICK_LABEL_UNKNOWN;
	automaton_open(image, &c.automaton);
	s->settled = object_state_below(&c);
	s->walked = !s->settled;
	if (s->walked) {
		s->state = BAILIWICK_STATE_DEAD;
		bpf_loop(ATTEMPTS, attempt_step, &c, 0);
	}
	if (!s->settled) {
		s->end = WALK_UNKNOWN;
		s->reason = BAILIWICK_REASON_BUSY;
	}
	if (s->end == WALK_ANON)
		return BAILIWICK_LABEL_ANON;
	if (s->end == WALK_UNTRUSTED)
		return BAILIWICK_LABEL_UNTRUSTED;
	if (s->end != WALK_PATH)
		return BAILIWICK_LABEL_UNKNOWN;
	return automaton_label(image, &c.automaton, s->state);
}
