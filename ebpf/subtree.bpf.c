// SPDX-License-Identifier: GPL-2.0-only
/* What may lie below a directory: every label the automaton can still reach. */
#include "object.bpf.h"

/*
 * A directory that moves takes what is below it to paths where other rules hold.
 * What really lies there would take a walk without bound; what the policy could
 * name there is a short closure, for below most directories one rule holds.
 */
#define STATES_MAX 1024			/* more than these count as "cannot be told" */
#define AFTER_SLASH (1ull << 32)	/* no object's path ends in this state */

struct closure {
	struct bw_scratch *s;		/* chain: states seen; at: the next to follow */
	image_t image;
	struct decide_automaton automaton;
	__u32 row;
	__u32 rights;
	__u32 slash;			/* byte class of '/' */
	__u32 behind_slash;		/* the state being followed is: no second '/' comes */
	__u32 lacking;			/* 1 + label */
	__u32 own;			/* 1: what a protected class relies on alone, no class */
};

static long known_step(__u32 i, struct closure *c)
{
	struct bw_scratch *s = c->s;

	if (i >= s->depth)
		return 1;
	if (s->chain[i & BW_CHAIN_MASK] != s->hash)
		return 0;
	s->settled = 1;
	return 1;
}

/* Add the state in s->hash, unless it is dead or known. */
static __always_inline void add_state(struct closure *c)
{
	struct bw_scratch *s = c->s;

	s->settled = 0;
	bpf_loop(STATES_MAX, known_step, c, 0);
	if (s->settled)
		return;
	s->chain[s->depth & BW_CHAIN_MASK] = s->hash;
	s->depth++;
}

/* Where one byte class leads from s->state. */
static long class_step(__u32 class, struct closure *c)
{
	struct bw_scratch *s = c->s;
	const struct decide_automaton *a = &c->automaton;
	__u32 record = a->states + s->state * (__u32)sizeof(struct bailiwick_state);
	__u32 edge = image_load32(c->image, record + DECIDE_FIELD(bailiwick_state, base)) + class;
	__u32 next = image_load32(c->image, record + DECIDE_FIELD(bailiwick_state, fallback));
	__u32 at = a->comb + edge * (__u32)sizeof(struct bailiwick_edge);
	__u64 last = s->hash;

	if (edge < a->edge_count &&
	    image_load32(c->image, at + DECIDE_FIELD(bailiwick_edge, check)) == s->state)
		next = image_load32(c->image, at + DECIDE_FIELD(bailiwick_edge, next));
	if (class == c->slash && c->behind_slash)
		return 0;
	s->hash = next | (class == c->slash ? AFTER_SLASH : 0);
	if (s->hash == last)
		return 0;		/* most classes lead where the one before did */
	if (s->depth >= STATES_MAX)
		return 1;
	add_state(c);
	return 0;
}

static __always_inline int is_lacking(const struct closure *c, __u32 cell)
{
	return decide_denied(cell, c->rights) && !(c->own && cell & BAILIWICK_CELL_PROTECTED);
}

/* Judge one state and find those behind it. */
static long follow_step(__u32 i, struct closure *c)
{
	struct bw_scratch *s = c->s;
	__u64 entry;
	__u32 label;

	if (s->at >= s->depth || s->depth >= STATES_MAX)
		return 1;
	entry = s->chain[s->at & BW_CHAIN_MASK];
	s->at++;
	s->state = (__u32)entry;
	c->behind_slash = entry >> 32;
	label = automaton_label(c->image, &c->automaton, s->state);
	/* Dead behind the '/', and so is every name that follows: no other entry judges them. */
	if ((!(entry & AFTER_SLASH) || s->state == BAILIWICK_STATE_DEAD) &&
	    is_lacking(c, decide_cell(c->image, c->row, label))) {
		c->lacking = label + 1;
		return 1;
	}
	if (s->state == BAILIWICK_STATE_DEAD || s->state >= c->automaton.state_count)
		return 0;
	s->hash = ~0ull;
	bpf_loop(DECIDE_HEADER(c->image, byte_classes) & 511, class_step, c, 0);
	return 0;
}

BW_ONCE __u32 subtree_lacks(__u32 room, __u64 word, __u32 row, __u32 rights,
			    __u32 own)
{
	struct bw_scratch *s = scratch_at(room);
	image_t image = image_open(word);
	struct closure c = {.s = s, .image = image, .row = row, .rights = rights,
			    .own = own};

	if (!s || !image)
		return 1 + BAILIWICK_LABEL_UNKNOWN;
	automaton_open(image, &c.automaton);
	c.slash = image_load8(image, c.automaton.classes + '/');
	s->chain[0] = automaton_next(image, &c.automaton, s->state, '/') | AFTER_SLASH;
	s->depth = 1;
	s->at = 0;
	bpf_loop(STATES_MAX, follow_step, &c, 0);
	if (!c.lacking && s->depth >= STATES_MAX) {
		s->reason = BAILIWICK_REASON_TOO_DEEP;
		return 1 + BAILIWICK_LABEL_UNKNOWN;
	}
	return c.lacking;
}
