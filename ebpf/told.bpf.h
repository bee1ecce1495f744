/* SPDX-License-Identifier: GPL-2.0-only */
/* What is kept of a denial that was told, while its like is only counted. */
#ifndef BAILIWICK_TOLD_BPF_H
#define BAILIWICK_TOLD_BPF_H

#include "prelude.bpf.h"

#define BW_REPEATS 4096			/* a power of two */
#define BW_REPEAT_SIZE 1024		/* of a record that is kept; longer ones are always told */

/* What makes two denials the same, but for their time. */
struct bw_kind {
	__u64 thread;			/* process and thread number */
	__u64 program;			/* execs before the one it runs */
	__u64 word;
	__u64 cgroup;
	__u64 object[4];		/* dentry, its directory, name, inode; or the address */
	__u32 uid;
	__u32 login_uid;
	__u32 row;
	__u32 label;
	__u32 operation;
	__u32 number;
	__u32 rights;
	__u32 denied;
	__u32 reason;
	__u16 family;
	__u16 protocol;
};
#define BW_KIND_WORDS (sizeof(struct bw_kind) / sizeof(__u64))

/*
 * `turn` counts the repeats in its lower half; the upper half changes when the
 * entry gets another meaning, and its lowest bit is set meanwhile.  Who raises the
 * count by compare-and-swap has therefore counted what it compared.
 */
struct bw_repeat {
	__u64 turn;
	__u64 since;			/* jiffies when it was told, 0 for a free entry */
	__u64 share;			/* whose share of the ring its count comes from */
	__u32 verdict;
	__u32 size;			/* of head and record */
	struct bw_kind kind;
	struct bailiwick_repeats head;
	__u8 record[BW_REPEAT_SIZE];	/* as it was told */
};

#define REPEAT_WRITTEN (1ull << 32)
#define REPEAT_COUNT (REPEAT_WRITTEN - 1)
#define REPEAT_WINDOW 4096		/* jiffies; the timer ends it long before, where it runs */

struct bw_repeats_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BW_REPEATS);
	__type(key, __u32);
	__type(value, struct bw_repeat);
};
extern struct bw_repeats_map bw_repeats SEC(".maps");

/* A second after an entry is made all of them are told, and freed where nothing was counted. */
struct bw_sweep {
	struct bpf_timer timer;
	__u64 armed;			/* jiffies, 0 when it is not */
};

struct bw_sweeps_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bw_sweep);
};
extern struct bw_sweeps_map bw_sweeps SEC(".maps");

#endif
