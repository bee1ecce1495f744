/* SPDX-License-Identifier: GPL-2.0-only */
/* Every map and every constant the loader sets; defined once in maps.bpf.c. */
#ifndef BAILIWICK_MAPS_BPF_H
#define BAILIWICK_MAPS_BPF_H

#include "scratch.bpf.h"

/* --- set by the loader before the programs are loaded -------------------- */
extern const volatile __u32 bw_abi;		/* BAILIWICK_ABI */
extern const volatile __u32 bw_image_mask8;	/* slot size - 1 */
extern const volatile __u32 bw_image_mask32;	/* (slot size - 1) & ~3 */
extern const volatile __u32 bw_image_mask64;	/* (slot size - 1) & ~7 */
extern const volatile __u32 bw_scratch_mask;	/* entries of bw_scratch - 1 */
extern const volatile __u32 bw_remember;	/* BAILIWICK_REMEMBER_*: labels */

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
	__u64 overlay_cred;		/* credentials an overlay creates with for it, 0 none */
	__u32 row;
	__u32 login_uid;
	__u32 uid;
	__u32 starting;			/* 1: forked by init, no program run yet */
	__u64 was;			/* the word once more; stays when it is asked anew */
	__u32 changed;			/* 1: who it is may have changed since, beside the above */
	__u32 unsure;			/* 1: another row since its descriptors were looked at */
	__u64 marks;			/* quarantines it is in, a bit each; also bw_mark_tasks() */
	__u64 marked;			/* control word they were found in */
};

struct bw_tasks_map {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct bw_task);
};
extern struct bw_tasks_map bw_tasks SEC(".maps");

/* --- objects ------------------------------------------------------------- */
/* What is known of an inode by one of its names; `turn` is odd while it is written. */
struct bw_known {
	__u64 turn;
	__u64 word;			/* control word the label was found in */
	__u64 dentry;			/* by which name, 0 none */
	__u64 parent;			/* its directory */
	__u64 name;			/* its name's hash and size */
	__u64 begun;			/* moves of directories, at that time */
	__u32 mounts;			/* moves of mounts */
	__u32 sequence;			/* d_seq: raised by whatever renames the dentry */
	__u32 label;
	__u32 state;			/* of the automaton after its path */
	__u32 depth;			/* names in its path, DEPTH_MAX: no state to go on from */
	__u32 below;			/* 1 + state after any name in it, BELOW_*; 0 not asked */
};

struct bw_inodes_map {
	__uint(type, BPF_MAP_TYPE_INODE_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct bw_known);
};
extern struct bw_inodes_map bw_inodes SEC(".maps");

/* Directories the kernel has begun to move, counted before each one moves. */
extern __u64 bw_moves;

/*
 * Key: a super_block that was unmounted from the initial namespace and lives on
 * elsewhere.  A protected class may still lie in it, under a path it no longer
 * has, so it stays closed to tasks without a role; see place.bpf.c.
 */
struct bw_lost_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __u32);
};
extern struct bw_lost_map bw_lost SEC(".maps");

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

#endif
