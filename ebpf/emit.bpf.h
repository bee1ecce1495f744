/* SPDX-License-Identifier: GPL-2.0-only */
/* A denial: counted exactly, then told. */
#ifndef BAILIWICK_EMIT_BPF_H
#define BAILIWICK_EMIT_BPF_H

#include "subject.bpf.h"
#include "object.bpf.h"

enum {
	BELOW_ALL = 1,			/* on all that lies below */
	BELOW_OWN,			/* on what a protected class relies on (compile/own.c) */
};

/*
 * What is asked, by whom, about what; and, once judged, the answer.  Built by a
 * hook on its stack.  `rights` and `instead` are file rights: either all of the
 * one or all of the other must be held.
 */
struct question {
	struct subject who;
	union {
		struct {		/* OBJECT_PATH */
			__u64 dentry;
			/* what is known of its directory, and becomes known of it */
			__u64 moves;	/* walk_moves() it holds for, 0 for none */
			__u32 above;	/* state after the directory's path */
			__u32 depth;	/* names in that path; DEPTH_MAX: not to go on from */
			__u32 state;	/* out: after the object's path */
			__u32 walked;	/* out: 1, `above` is news */
		};
		struct {		/* OBJECT_NAME */
			__u64 name;	/* kernel address */
			__u32 name_size;
		};
		struct decide_endpoint endpoint;	/* OBJECT_ADDRESS */
	};
	__u32 object;			/* enum bailiwick_object_kind: which of these */
	__u32 operation;		/* BAILIWICK_OP_* */
	__u32 number;			/* as in struct bailiwick_denial */
	__u32 rights;
	__u32 instead;			/* 0 none */
	/* the answer */
	__u32 label;
	__u32 cell;
	__u32 reason;
	__u32 denied;
	__u32 severity;
	__u32 verdict;
	__u16 family;
	__u16 protocol;
	__u8 quiet;			/* 1: a probe, deny without a record */
	__u8 known;			/* 1: of the directory, for the next judge_object() alone */
	__u8 subtree;			/* BELOW_*: where the same rights are needed, too */
	__u8 layer;			/* 1: the file an overlay opens for one of its own */
	__u8 fresh;			/* 1: its like was not told, that was looked up */
	__u32 below;			/* in: 1 to find out; out: as in struct bw_known, 0 unknown */
};

/*
 * Count the denial and put its record into the ring; what the ring or the
 * counters cannot take is counted too, as is what is more than the subject's
 * share.  `room` is claimed, or SCRATCH_NONE to claim some.
 */
BW_ONCE int emit_denial(struct question *q, __u32 room);

/*
 * The exact counters alone, for a denial whose like was told; 1: the first of its kind, or
 * no counter has room.
 */
BW_ONCE int emit_count(__u32 row, __u32 label, __u32 operation, __u32 verdict);

/* Whose share of the ring (share.bpf.h): a login's, a service's, a user's; the unit was found. */
static __always_inline __u64 emit_share(const struct subject *who, const struct bw_scratch *s)
{
	if (who->login_uid != DECIDE_ID_UNSET)
		return BAILIWICK_SHARE_LOGIN | who->login_uid;
	if (s->unit_count)
		return BAILIWICK_SHARE_UNIT |
		       (s->units[(s->unit_count - 1) & (BAILIWICK_CGROUP_DEPTH_MAX - 1)] &
			(BAILIWICK_SHARE_CALLERS - 1));
	return BAILIWICK_SHARE_UID | who->uid;
}

/* The first denied right names the operation. */
static __always_inline __u32 emit_operation(__u32 denied)
{
	__u32 i;

	for (i = 0; i < BAILIWICK_RIGHT_COUNT; i++)
		if (denied & 1u << i)
			return i;
	return 0;
}

/* Why a known label's cell denies: without a role nothing is closed but for a class's sake. */
static __always_inline __u32 emit_reason(__u32 row, __u32 label, __u32 cell)
{
	if (label == BAILIWICK_LABEL_UNTRUSTED)
		return BAILIWICK_REASON_UNTRUSTED;
	return cell & BAILIWICK_CELL_PROTECTED || !row ? BAILIWICK_REASON_PROTECTED :
							 BAILIWICK_REASON_POLICY;
}

/* What was asked, in a record; who asked is the caller's to add. */
static __always_inline void emit_describe(struct bailiwick_denial *d, const struct question *q,
					  image_t image)
{
	d->event.kind = BAILIWICK_EVENT_DENIAL;
	d->event.abi = BAILIWICK_ABI;
	d->event.time = bpf_ktime_get_boot_ns();
	d->policy_version = image ? DECIDE_HEADER(image, version) : 0;
	d->row = q->who.row;
	d->label = q->label;
	d->operation = q->operation;
	d->reason = q->reason;
	d->verdict = q->verdict;
	d->severity = q->severity;
	d->rights = q->rights;
	d->denied = q->denied;
	d->object = q->object;
	d->number = q->number;
	d->family = q->family;
	d->protocol = q->protocol;
	if (q->object == BAILIWICK_OBJECT_ADDRESS) {
		d->family = q->endpoint.ipv6 ? 10 : 2;	/* of the address; a mapped one was IPv4 */
		d->port = q->endpoint.port;
		__builtin_memcpy(d->address, q->endpoint.address, sizeof(d->address));
	}
}

#endif
