/* SPDX-License-Identifier: GPL-2.0-only */
/* Room to work in: one walk, one event under construction. */
#ifndef BAILIWICK_SCRATCH_BPF_H
#define BAILIWICK_SCRATCH_BPF_H

#include "told.bpf.h"

#define BW_CHAIN_MASK (BAILIWICK_DEPTH_MAX - 1)
#define BW_NAME_SIZE 256
#define BW_NAMES_MAX BAILIWICK_HARDLINKS_MAX
#define BW_NAMES_LABELS 4
BAILIWICK_ASSERT("chain is a power of two", (BAILIWICK_DEPTH_MAX & BW_CHAIN_MASK) == 0);
BAILIWICK_ASSERT("a name fits", BAILIWICK_NAME_MAX < BW_NAME_SIZE);

/* A file with several hard links (links.bpf.h). */
struct bw_names_key {
	__u64 inode;
	__u32 device;
	__u32 generation;
};

#define NAMES_UNSEEN 1u			/* some are known to nobody */
#define NAMES_MANY 2u			/* their labels are more than there is room for */

/* What its names lead to, where that is not one label.  Nothing is ever taken out. */
struct bw_names {
	__u64 word;			/* control word the labels are of */
	__u32 label[BW_NAMES_LABELS];	/* 1 + a label, each once; 0 free */
	__u32 flags;			/* NAMES_* */
	__u32 reserved;
};

/*
 * One walk, one event under construction.  A program may be preempted, so a
 * slot is claimed, never taken for granted by being on this processor.  Kernel
 * pointers stand here as numbers: they are only ever read through
 * bpf_probe_read_kernel().
 */
struct bw_scratch {
	__u32 busy;			/* claimed by compare-and-swap */
	/* walk.bpf.c: from an object up to the root */
	__u32 depth;			/* names in chain */
	__u32 base;			/* where the present filesystem begins in it */
	__u32 mounts;			/* filesystems left behind */
	__u32 end;			/* enum walk_end */
	__u32 reason;			/* BAILIWICK_REASON_* of a walk that failed */
	__u32 prefix;			/* 1 + index of a pseudo filesystem, 0 none */
	__u32 settled;			/* 1: nothing moved during the walk */
	__u32 walked;			/* 1: from the object up to the root */
	__u32 partial;			/* 1: some mount shows less than its filesystem */
	__u64 dentry;			/* where the walk stands */
	__u64 super;			/* its filesystem */
	__u64 home;			/* the initial mount namespace */
	__u64 node;			/* search: list element looked at */
	__u64 mount;			/* search: found, 0 none */
	__u32 at;			/* search: index in chain */
	/* object.bpf.c: the automaton's run from the root down */
	__u32 state;
	__u32 above;			/* state after the path of the object's directory */
	__u32 below;			/* as in struct bw_known, of that directory */
	__u32 name_size;
	__u32 next;			/* where one spelling of a name leads */
	__u32 differs;			/* 1: another leads elsewhere */
	__u64 moves;			/* walk_moves() of the walk that settled */
	/* links.bpf.c: the other names of one inode */
	__u32 names;			/* of them in alias */
	__u32 torn;			/* 1: they changed meanwhile, or are too many */
	__u32 unlike;			/* not 0: they have more labels than one */
	__u32 padding;
	struct bw_names_key names_key;
	struct bw_names gathered;	/* by the names in memory */
	struct bw_names fresh;		/* to begin an element of the map with */
	__u64 alias[BW_NAMES_MAX];
	/* path.bpf.c: text, built from its end */
	__u32 path_at;			/* first byte used in path */
	__u32 path_cut;			/* 1: the front is missing */
	/* unit.bpf.c */
	__u32 unit_size;
	__u32 unit_binding;		/* offset in the image, 0 none */
	__u32 unit_count;		/* names in units */
	__u64 hash;
	/* emit.bpf.c */
	__u64 share;			/* whose share of the ring the record comes from */
	struct bw_teller teller;	/* program and unit of who is told of */
	/* quarantine.bpf.c: entries are a bit each */
	__u64 live;			/* in force */
	__u64 found;			/* the task is in */
	__u64 marked;			/* control word `found` was known in */
	__u64 program;			/* hash of the path it runs, 0 not asked */
	__u64 process;			/* search: struct task_struct looked at, */
	__u64 begun;			/* when it began, in ticks, */
	__u32 number;			/* and its process id */
	__u32 person;			/* uid */
	__u32 starting;			/* 1: not yet its unit's */
	__u32 reserved;
	__u64 units[BAILIWICK_CGROUP_DEPTH_MAX];	/* hashes of what it could be, from the root down */
	__u8 name[BW_NAME_SIZE];	/* 8-byte aligned */
	__u8 unit[BW_NAME_SIZE];
	__u64 chain[BAILIWICK_DEPTH_MAX];
	__u8 path[BAILIWICK_PATH_MAX + BW_NAME_SIZE];
	__u8 record[5 * BAILIWICK_PATH_MAX];
};

/* Four per processor, a power of two; bw_scratch_mask is one less. */
struct bw_scratch_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct bw_scratch);
};
extern struct bw_scratch_map bw_scratch SEC(".maps");

#endif
