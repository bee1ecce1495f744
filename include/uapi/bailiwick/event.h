/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Ring-buffer records and counters: a header, then one payload per kind. */
#ifndef BAILIWICK_EVENT_H
#define BAILIWICK_EVENT_H

#include "abi.h"
#include "vocab.h"

enum bailiwick_event_kind {
	BAILIWICK_EVENT_NONE,
	BAILIWICK_EVENT_DENIAL,		/* struct bailiwick_denial, then its strings */
	BAILIWICK_EVENT_REPEATS,	/* struct bailiwick_repeats, then the denial's record */
};

struct bailiwick_event {
	__u32 size;			/* bytes of the whole record, this header included */
	__u16 kind;			/* enum bailiwick_event_kind */
	__u16 abi;			/* BAILIWICK_ABI */
	/* from 1; a number that never arrives was lost.  0: of the hook self-test, not missed */
	__u64 sequence;
	__u64 time;			/* CLOCK_BOOTTIME, ns */
};
BAILIWICK_ASSERT("bailiwick_event", sizeof(struct bailiwick_event) == 4 + 2 * 2 + 2 * 8);
BAILIWICK_ASSERT("bailiwick_event", sizeof(struct bailiwick_event) == 24);

/* What the object is: which of the fields below mean something. */
enum bailiwick_object_kind {
	BAILIWICK_OBJECT_NONE,		/* capability, privilege, socket: `number` alone */
	BAILIWICK_OBJECT_PATH,		/* label, path */
	BAILIWICK_OBJECT_ADDRESS,	/* family, protocol, address, port */
	BAILIWICK_OBJECT_NAME,		/* path holds an abstract socket name, '@' first */
};

#define BAILIWICK_DENIAL_PATH_CUT 1u	/* flags: the path's front is missing */

struct bailiwick_denial {
	struct bailiwick_event event;
	__u64 policy_version;
	__u64 cgroup;			/* kernfs id */
	__u64 inode;
	__u32 row;
	__u32 label;
	__u32 operation;		/* BAILIWICK_OP_* */
	__u32 reason;			/* BAILIWICK_REASON_* */
	__u32 verdict;			/* BAILIWICK_VERDICT_* */
	__u32 severity;			/* BAILIWICK_SEVERITY_* of the cell */
	__u32 rights;			/* all that was asked; the denied ones in `denied` */
	__u32 denied;
	__u32 object;			/* enum bailiwick_object_kind */
	__u32 number;			/* capability, privilege bit, family, or target row */
	__u32 device;			/* s_dev of the object */
	__u32 pid;			/* thread group, init namespace */
	__u32 tid;
	__u32 uid;
	__u32 gid;
	__u32 login_uid;		/* ~0 when unset */
	__u32 flags;
	__u16 family;
	__u16 protocol;			/* IPPROTO_* */
	__u16 port;			/* host order */
	__u16 path_size;		/* bytes of each string behind this, in this order */
	__u16 exe_size;
	__u16 unit_size;
	__u8 address[16];
	__u8 comm[16];
	/* path, exe, unit: bytes, not terminated; path is canonical */
};
BAILIWICK_ASSERT("bailiwick_denial", sizeof(struct bailiwick_denial) ==
	24 + 3 * 8 + 17 * 4 + 6 * 2 + 2 * 16);
BAILIWICK_ASSERT("bailiwick_denial", sizeof(struct bailiwick_denial) == 160);

/*
 * Denials that are the same but for their time: the first has a record of its own,
 * those of the next second are counted.  The first one's record stands behind.
 */
struct bailiwick_repeats {
	struct bailiwick_event event;	/* time: of the telling */
	__u64 count;			/* after the first, which is not among them */
};
BAILIWICK_ASSERT("bailiwick_repeats", sizeof(struct bailiwick_repeats) == 24 + 8);
BAILIWICK_ASSERT("bailiwick_repeats", sizeof(struct bailiwick_repeats) == 32);

/* Key of the exact counters; the value is a __u64. */
struct bailiwick_count_key {
	__u32 row;
	__u32 label;
	__u32 operation;
	__u32 verdict;
};
BAILIWICK_ASSERT("bailiwick_count_key", sizeof(struct bailiwick_count_key) == 16);

/* The programs' own totals, a map of one entry; only ever rising. */
struct bailiwick_totals {
	__u64 sequence;			/* last number given */
	__u64 denials;			/* denied, audited and learned */
	__u64 ring_full;		/* denials the ring, or a share of it, could not take */
	__u64 counters_full;		/* denials whose key found no room among the counters */
	__u64 resolved;			/* subjects resolved */
	__u64 reserved[3];
};
BAILIWICK_ASSERT("bailiwick_totals", sizeof(struct bailiwick_totals) == 64);

/* Whose records they are: the key of bailiwick_share, a number behind one of these bits. */
#define BAILIWICK_SHARE_LOGIN (1ull << 32)	/* login uid */
#define BAILIWICK_SHARE_UID (2ull << 32)	/* real uid of who has no login and no unit */
#define BAILIWICK_SHARE_UNIT (1ull << 63)	/* lower bits of the hash of the unit's name */
/* Beside one of them: not the subject's own doing, but whoever calls at a port it serves. */
#define BAILIWICK_SHARE_CALLERS (1ull << 62)
#define BAILIWICK_SHARE_UNIT_MAX 64

/* A subject's records in the ring, as positions and bytes; and those that found no room. */
struct bailiwick_share {
	__u64 mark;			/* the ring's end when `since` began */
	__u64 last;			/* its end behind the subject's last record */
	__u64 before;			/* written until `mark` and not read yet; */
	__u64 since;			/* behind it.  Both may say too much. */
	__u64 refused;			/* denials without a record; only ever rising */
	__u8 unit[BAILIWICK_SHARE_UNIT_MAX];	/* its unit's name, or the front of it */
};
BAILIWICK_ASSERT("bailiwick_share", sizeof(struct bailiwick_share) == 5 * 8 + 64);
BAILIWICK_ASSERT("bailiwick_share", sizeof(struct bailiwick_share) == 104);

#endif
