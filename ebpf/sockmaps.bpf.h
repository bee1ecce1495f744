/* SPDX-License-Identifier: GPL-2.0-only */
/* What is remembered of sockets, and of the addresses they talk to. */
#ifndef BAILIWICK_SOCKMAPS_BPF_H
#define BAILIWICK_SOCKMAPS_BPF_H

#include "image.bpf.h"

struct bw_sock {
	__u32 client;			/* 1: it connected, its local port says nothing */
};

struct bw_socks_map {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct bw_sock);
};
extern struct bw_socks_map bw_socks SEC(".maps");

/*
 * A decision depends on the policy, the row and the address alone (decide_network()),
 * so nothing about the socket can make it old.  Only this processor reads and writes its
 * entries; `turn` tells who was interrupted in between.
 */
struct bw_peer {
	__u64 turn;			/* raised by each writer before and after; odd between */
	__u64 word;			/* control word it was decided under, 0 none */
	__u64 address[2];		/* as decide_endpoint */
	__u64 where;			/* peer_where() */
	__u32 row;
	__u32 allowed;			/* BAILIWICK_NETOP_* */
};

#define BW_PEERS 256			/* a power of two; 12 KiB a processor */

struct bw_peers_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BW_PEERS);
	__type(key, __u32);
	__type(value, struct bw_peer);
};
extern struct bw_peers_map bw_peers SEC(".maps");

#endif
