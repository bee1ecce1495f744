/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose records wait in the ring: one noisy subject leaves room for the others. */
#ifndef BAILIWICK_SHARE_BPF_H
#define BAILIWICK_SHARE_BPF_H

#include "maps.bpf.h"

/*
 * A subject is a person in all sessions, a service in all its processes, and may
 * have so many times in the ring what is free in it; more where the denial is the
 * first of its kind.  So some room is free however many fill it, for whoever has
 * nothing there yet, and no reader is needed for that.
 */
#define SHARE_ANY 3
#define SHARE_FIRST 15

/* Positions in the ring and bytes of records; `before` and `since` may say too much. */
struct bw_share {
	__u64 mark;			/* the ring's end when `since` began */
	__u64 last;			/* its end behind the subject's last record */
	__u64 before;			/* written until `mark` and not read yet */
	__u64 since;			/* written behind it */
};

/* With more subjects at once than it holds the longest quiet one begins anew. */
struct bw_shares_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct bw_share);
};
extern struct bw_shares_map bw_shares SEC(".maps");

/* 1 when subject `key` may write one record more. */
BW_ONCE int share_admits(__u64 key, __u32 first);

/* It wrote one of so many bytes. */
BW_ONCE int share_charge(__u64 key, __u64 bytes);

#endif
