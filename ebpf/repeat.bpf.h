/* SPDX-License-Identifier: GPL-2.0-only */
/* Denials that were just told: the same again is counted, and told once with its count. */
#ifndef BAILIWICK_REPEAT_BPF_H
#define BAILIWICK_REPEAT_BPF_H

#include "emit.bpf.h"
#include "told.bpf.h"

/* 1 + verdict when it is counted among what was told of this kind, 0 where none is. */
BW_ONCE int repeat_counted(const struct bw_kind *k);

/*
 * A remembered label denies what `q` asks of the dentry the kernel holds: when the
 * same was told already it is counted, and the answer is 1 + its verdict.  0: it is
 * to be judged and told in full; `q` is as it was.
 */
BW_SHARED int repeat_of_known(struct question *q, struct dentry *dentry, __u32 cell);

/*
 * The same of a denial that was judged, with claimed room to work in; 1 when it is
 * counted and needs no record.
 */
BW_ONCE int repeat_counts(struct question *q, __u32 room);

/* The denial was told by the record in `room`: its like is counted from now on. */
BW_ONCE int repeat_begin(struct question *q, __u32 room);

/*
 * Both for a denial that is not current's doing: repeat_kind() says what it is, and the room's
 * `share` and record whose and how it was told.  The kind is to be said again for the second.
 */
BW_ONCE int repeat_counts_kind(__u32 room);
BW_ONCE int repeat_begin_kind(__u32 room, __u32 verdict);

/* No walk is under way, and the stack is short below a walk: its room serves. */
static __always_inline struct bw_kind *repeat_kind(struct bw_scratch *s)
{
	return (struct bw_kind *)s->chain;
}

/* Tell the count of an entry and free it; 1 when somebody else is at it, or there is no room. */
BW_SHARED int repeat_free(struct bw_repeat *r);

/* 1 when nobody would tell: without a controller the kernel takes the timer away. */
BW_ONCE int sweep_arm(void);

static __always_inline int repeat_take(struct bw_repeat *r, __u64 turn)
{
	return !(turn & REPEAT_WRITTEN) &&
	       __sync_val_compare_and_swap(&r->turn, turn,
					   (turn & ~REPEAT_COUNT) | REPEAT_WRITTEN) == turn;
}

static __always_inline void repeat_give_back(struct bw_repeat *r, __u64 turn)
{
	__sync_lock_test_and_set(&r->turn, (turn & ~REPEAT_COUNT) + 2 * REPEAT_WRITTEN);
}

#endif
