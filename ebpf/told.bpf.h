/* SPDX-License-Identifier: GPL-2.0-only */
/* What is kept of denials that were told: of their like, and of whoever was told of. */
#ifndef BAILIWICK_TOLD_BPF_H
#define BAILIWICK_TOLD_BPF_H

#include "prelude.bpf.h"

#define BW_REPEATS_BITS 12
#define BW_REPEATS (1u << BW_REPEATS_BITS)
#define BW_REPEAT_PLACES 4		/* where one may be kept: half full, one in a hundred has none */
#define BW_REPEATS_LOWEST (64 - BW_REPEAT_PLACES * BW_REPEATS_BITS)	/* bit of its places' number */
#define BW_REPEAT_SIZE 1024		/* of a record that is kept; longer ones are always told */

/* What makes two denials the same, but for their time. */
struct bw_kind {
	__u64 object[4];		/* dentry, its directory, name, inode; or the address */
	__u64 thread;			/* process and thread number */
	__u64 program;			/* execs before the one it runs */
	__u64 word;
	__u64 cgroup;
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

/*
 * Whose program and unit were put into words, until anything moves.  The file a process
 * runs keeps its dentry, so the addresses mean the same as long as the process runs it.
 * Only this processor reads and writes its entries; `turn` tells who was interrupted in
 * between.
 */
#define BW_TELLERS 8			/* a power of two */
#define BW_TELLER_TEXT 256		/* of a program and a unit; longer ones are found each time */

struct bw_teller_key {
	__u64 process;			/* its number, and execs before the program it runs */
	__u64 begun;			/* ns since boot */
	__u64 file;			/* the program it runs, and */
	__u64 dentry;
	__u64 moves;			/* walk_moves() */
	__u64 cgroup;
	__u64 person;			/* login uid and uid: the share may be theirs */
};
#define BW_TELLER_WORDS (sizeof(struct bw_teller_key) / sizeof(__u64))

struct bw_teller {
	__u64 turn;			/* raised by each writer before and after; odd between */
	struct bw_teller_key key;
	__u64 share;			/* as in share.bpf.h */
	__u32 exe_size;
	__u32 size;			/* of both; 0: nothing is kept */
	__u8 text[BW_TELLER_TEXT];
};

struct bw_tellers_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BW_TELLERS);
	__type(key, __u32);
	__type(value, struct bw_teller);
};
extern struct bw_tellers_map bw_tellers SEC(".maps");

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
