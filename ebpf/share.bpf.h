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

/* With more subjects at once than it holds the longest quiet one begins anew. */
struct bw_shares_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct bailiwick_share);
};
extern struct bw_shares_map bw_shares SEC(".maps");

/*
 * How many of a subject's refused denials the journal tells of.  The controller's
 * alone; it stands here so that it outlives the controller as the shares do.
 */
struct bw_shares_told_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, __u64);
};
extern struct bw_shares_told_map bw_shares_told SEC(".maps");

/* 1 when subject `key` may write one record more. */
BW_ONCE int share_admits(__u64 key, __u32 first);

/*
 * It wrote one of so many bytes.  Who is new to it needs claimed room, with the unit's
 * name in it; with SCRATCH_NONE only who is known counts.
 */
BW_ONCE int share_charge(__u64 key, __u64 bytes, __u32 room);

/* So many denials of its found no room. */
BW_ONCE int share_refuse(__u64 key, __u64 count, __u32 room);

#endif
