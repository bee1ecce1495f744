/* SPDX-License-Identifier: GPL-2.0-only */
/* Every map and every constant the loader sets; defined once in maps.bpf.c. */
#ifndef BAILIWICK_MAPS_BPF_H
#define BAILIWICK_MAPS_BPF_H

#include "prelude.bpf.h"

/* --- set by the loader before the programs are loaded -------------------- */

extern const volatile __u32 bw_abi;		/* BAILIWICK_ABI */
extern const volatile __u32 bw_image_mask8;	/* slot size - 1 */
extern const volatile __u32 bw_image_mask32;	/* (slot size - 1) & ~3 */
extern const volatile __u32 bw_image_mask64;	/* (slot size - 1) & ~7 */
extern const volatile __u32 bw_scratch_mask;	/* entries of bw_scratch - 1 */

/* --- the policy ---------------------------------------------------------- */

/* Two images; the value size becomes the slot size at load. */
struct bw_slots_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BAILIWICK_SLOTS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, BAILIWICK_SLOT_MIN);
	__uint(map_flags, BPF_F_RDONLY_PROG);
};
extern struct bw_slots_map bw_slots SEC(".maps");

struct bw_control_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bailiwick_control);
	__uint(map_flags, BPF_F_RDONLY_PROG);
};
extern struct bw_control_map bw_control SEC(".maps");

/* --- subjects ------------------------------------------------------------ */

/*
 * What is known of a task.  Only the task itself writes its own; its parent
 * does once, before it first runs.  The row holds while word, cgroup, login_uid
 * and uid are still the task's.
 */
struct bw_task {
	__u64 word;			/* control word the row was resolved in, 0 none */
	__u64 cgroup;			/* kernfs id of its cgroup at that time */
	__u64 entered;			/* row key of a role entered by exec, 0 none */
	__u64 entering;			/* the same, of an exec under way */
	__u32 row;
	__u32 login_uid;
	__u32 uid;
	__u32 starting;			/* 1: forked by init, no program run yet */
};

struct bw_tasks_map {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct bw_task);
};
extern struct bw_tasks_map bw_tasks SEC(".maps");

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

struct bw_events_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
};
extern struct bw_events_map bw_events SEC(".maps");

struct bw_counts_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct bailiwick_count_key);
	__type(value, __u64);
};
extern struct bw_counts_map bw_counts SEC(".maps");

struct bw_totals_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bailiwick_totals);
};
extern struct bw_totals_map bw_totals SEC(".maps");

/* --- room to work in ----------------------------------------------------- */

#define BW_CHAIN_MASK (BAILIWICK_DEPTH_MAX - 1)
#define BW_NAME_SIZE 256
BAILIWICK_ASSERT("chain is a power of two", (BAILIWICK_DEPTH_MAX & BW_CHAIN_MASK) == 0);
BAILIWICK_ASSERT("a name fits", BAILIWICK_NAME_MAX < BW_NAME_SIZE);

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
	__u64 dentry;			/* where the walk stands */
	__u64 super;			/* its filesystem */
	__u64 home;			/* the initial mount namespace */
	__u64 node;			/* search: list element looked at */
	__u64 mount;			/* search: found, 0 none */
	__u32 at;			/* search: index in chain */
	/* object.bpf.c: the automaton's run from the root down */
	__u32 state;
	__u32 name_size;
	/* path.bpf.c: text, built from its end */
	__u32 path_at;			/* first byte used in path */
	__u32 path_cut;			/* 1: the front is missing */
	/* unit.bpf.c */
	__u32 unit_size;
	__u32 unit_binding;		/* offset in the image, 0 none */
	__u32 unit_done;		/* 1: below a name that is no slice */
	__u64 hash;
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
