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
 * Who takes in what comes to a listening socket: whoever accepts there, or listened and
 * nobody accepted yet.  `taken` is one number, so that who reads it needs no lock: the
 * control word's lower half, SERVER_SEVERAL, the row.  The rest is for the record.
 */
#define SERVER_SEVERAL 0x80000000ull	/* rows differ, or did: nothing is said of who may come */
#define SERVER_ROW 0x7fffffffull

struct bw_server {
	__u64 taken;
	__u64 share;			/* as in share.bpf.h */
	__u64 cgroup;
	__u32 pid;
	__u32 tid;
	__u32 uid;
	__u32 gid;
	__u32 login_uid;
	__u32 unit_size;
	__u8 comm[16];
	__u8 unit[BAILIWICK_SHARE_UNIT_MAX];	/* its name, or the front of it */
};

struct bw_servers_map {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct bw_server);
};
extern struct bw_servers_map bw_servers SEC(".maps");

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
