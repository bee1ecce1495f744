// SPDX-License-Identifier: GPL-2.0-only
/* Judging what has a path: question x image -> answer. */
#include "own.bpf.h"
#include "place.bpf.h"
#include "settle.bpf.h"

BW_ONCE int settle(struct question *q)
{
	return q ? settle_here(q, SCRATCH_NONE) : DENY;
}

BW_ONCE int settle_known(struct question *q)
{
	image_t image = q ? image_open(q->who.word) : NULL;

	if (!image)
		return DENY;
	q->cell = decide_cell(image, q->who.row, q->label);
	q->denied = decide_denied(q->cell, q->rights);
	q->object = BAILIWICK_OBJECT_PATH;
	q->reason = emit_reason(q->who.row, q->label, q->cell);
	if (!q->operation)
		q->operation = emit_operation(q->denied);
	q->fresh = 1;
	return settle_here(q, SCRATCH_NONE);
}

static __always_inline __u32 reason_of(const struct question *q, const struct bw_scratch *s)
{
	if (q->label == BAILIWICK_LABEL_UNKNOWN)
		return s ? s->reason : BAILIWICK_REASON_BUSY;
	return emit_reason(q->who.row, q->label, q->cell);
}

/* A directory is to be moved: 1 when something below it must not be. */
static __always_inline int lacks_below(struct question *q, image_t image, struct bw_scratch *s,
				       __u32 room)
{
	__u32 lacking;

	if (!q->subtree || !s || s->end != WALK_PATH)
		return 0;
	lacking = subtree_lacks(room, q->who.word, q->who.row, q->rights,
				q->subtree == BELOW_OWN);
	if (!lacking)
		return 0;
	q->label = lacking - 1;
	q->cell = decide_cell(image, q->who.row, q->label);
	q->denied = q->rights;
	return 1;
}

/* What known_keep() may remember. */
static __always_inline void learn(struct question *q, const struct bw_scratch *s, __u32 label)
{
	q->moves = 0;
	if (!s || label == BAILIWICK_LABEL_UNKNOWN)
		return;
	q->moves = s->moves;
	q->walked = s->walked;
	q->state = s->state;
	q->above = s->above;
	q->below = s->below;
	q->depth = s->end == WALK_PATH && !s->partial ? s->depth : BAILIWICK_DEPTH_MAX;
}

BW_ONCE int judge_object(struct question *q)
{
	__u32 label = BAILIWICK_LABEL_UNKNOWN;
	struct bw_scratch *s;
	__u32 room;
	int answer = ALLOW;
	image_t image;

	if (!q)
		return DENY;
	image = image_open(q->who.word);
	if (!image)
		return DENY;
	room = scratch_claim();
	s = scratch_at(room);
	if (s)
		label = object_label(room, q->who.word, q->dentry, q->known ? q->moves : 0,
				     (q->below ? OBJECT_ASK_BELOW : 0) | (__u64)q->depth << 32 |
				     q->above);
	q->known = 0;
	learn(q, s, label);
	q->label = label;
	q->cell = decide_cell(image, q->who.row, label);
	if (holds(q, image, label) && !lacks_below(q, image, s, room))
		goto out;
	if (!q->who.row && !q->layer && q->label >= BAILIWICK_LABEL_FIRST &&
	    (own_may(q->cell, q->dentry) || own_may_look(q->denied)))
		goto out;
	q->object = BAILIWICK_OBJECT_PATH;
	q->reason = reason_of(q, s);
	if (object_is_terminal(q->dentry, bpf_get_current_task())) {
		__u32 cell = q->cell, denied = q->denied;

		if (holds(q, image, BAILIWICK_LABEL_TTY))
			goto out;
		q->label = label;
		q->cell = cell;
		q->denied = denied;
	}
	if (is_overlays(q))
		goto out;
	if ((q->layer || q->who.row == BAILIWICK_ROW_UNCONFINED) && s &&
	    q->reason == BAILIWICK_REASON_NO_MOUNT && place_never(s->super))
		goto out;
	if (!q->operation)
		q->operation = emit_operation(q->denied);
	answer = settle_here(q, room);
out:
	scratch_release(room);
	return answer;
}
