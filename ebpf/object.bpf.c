// SPDX-License-Identifier: GPL-2.0-only
/* A dentry's label: walk up, then run the automaton from the root down. */
#include "name.bpf.h"

#define ATTEMPTS (1u << 14)	/* walks during which something was renamed or mounted */
#define WAITS (1u << 23)	/* looks at a rename or mount under way; its processor may be
				 * one of a virtual machine that does not run just now */

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

/* Below many directories a policy names nothing in particular: then no name is looked at. */
static __always_inline void ask_below(struct run *c)
{
	struct bw_scratch *s = c->s;
	__u32 state = s->state;

	s->state = automaton_next(c->image, &c->automaton, s->above, '/');
	s->below = run_any_name(c) ? s->state + 1 : BELOW_DIFFERS;
	s->state = state;
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
		.depth = above >> 32 & (2 * BAILIWICK_DEPTH_MAX - 1),
	};

	if (!s || !image)
		return BAILIWICK_LABEL_UNKNOWN;
	automaton_open(image, &c.automaton);
	s->below = 0;
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
	if (above & OBJECT_ASK_BELOW)
		ask_below(&c);
	return automaton_label(image, &c.automaton, s->state);
}
