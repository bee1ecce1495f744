/* SPDX-License-Identifier: GPL-2.0-only */
/* What becomes of a no: how grave it is, whether it holds, that it is told. */
#ifndef BAILIWICK_SETTLE_BPF_H
#define BAILIWICK_SETTLE_BPF_H

#include "question.bpf.h"

/* Severity of what has no cell: a door around the policy is a threat to the system. */
static __always_inline __u32 severity_of(const struct question *q)
{
	__u32 severity = decide_severity(q->cell);

	switch (q->operation) {
	case BAILIWICK_OP_EXEC:
	case BAILIWICK_OP_PRIVILEGE:
	case BAILIWICK_OP_PTRACE:
	case BAILIWICK_OP_TRANSITION:
		return severity > BAILIWICK_SEVERITY_SERIOUS ? severity : BAILIWICK_SEVERITY_SERIOUS;
	case BAILIWICK_OP_NET_ACCEPT:
	case BAILIWICK_OP_NET_RECEIVE:
		return BAILIWICK_SEVERITY_SPECIAL;
	}
	return severity;
}

/* 1 when the cell of this label holds all of q->rights or all of q->instead. */
static __always_inline int holds(struct question *q, image_t image, __u32 label)
{
	__u32 cell = decide_cell(image, q->who.row, label);

	if (!decide_denied(cell, q->rights) ||
	    (q->instead && !decide_denied(cell, q->instead)))
		return 1;
	q->label = label;
	q->cell = cell;
	q->denied = decide_denied(cell, q->rights);
	return 0;
}

/*
 * The overlay's own hooks were asked about the path the task knows.  That path must
 * not lead around a class: what lies below is judged by it too.
 */
static __always_inline int is_overlays(const struct question *q)
{
	return !q->layer &&
	       !(q->label >= BAILIWICK_LABEL_FIRST &&
		 (q->cell & BAILIWICK_CELL_PROTECTED || !q->who.row)) &&
	       object_inside_overlay();
}

/* Watching a role does not open to it what is closed to who has none. */
static __always_inline int is_closed_to_all(const struct question *q, image_t image)
{
	if (q->cell & BAILIWICK_CELL_PROTECTED)
		return 1;
	return q->operation < BAILIWICK_RIGHT_COUNT && q->label >= BAILIWICK_LABEL_FIRST &&
	       decide_denied(decide_cell(image, BAILIWICK_ROW_UNCONFINED, q->label), q->rights);
}

/* How grave it is, and whether it holds. */
static __always_inline void settle_verdict(struct question *q, image_t image)
{
	__u32 mode = decide_mode(image, q->who.row);

	q->verdict = BAILIWICK_VERDICT_DENIED;
	if (!is_closed_to_all(q, image)) {
		if (mode == BAILIWICK_MODE_AUDIT)
			q->verdict = BAILIWICK_VERDICT_AUDITED;
		if (mode == BAILIWICK_MODE_LEARN)
			q->verdict = BAILIWICK_VERDICT_LEARNED;
	}
	q->severity = severity_of(q);
}

static __always_inline int settle_here(struct question *q, __u32 room)
{
	image_t image = image_open(q->who.word);

	if (!image)
		return DENY;
	settle_verdict(q, image);
	if (!q->quiet)
		emit_denial(q, room);
	return q->verdict == BAILIWICK_VERDICT_DENIED ? DENY : ALLOW;
}

#endif
