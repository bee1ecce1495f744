/* SPDX-License-Identifier: GPL-2.0-only */
/* From a dentry up to the root: the names of its canonical path. */
#ifndef BAILIWICK_WALK_BPF_H
#define BAILIWICK_WALK_BPF_H

#include "image.bpf.h"

/* What a walk ended in. */
enum walk_end {
	WALK_PATH,		/* chain and prefix are the canonical path */
	WALK_ANON,		/* a filesystem only the kernel mounts */
	WALK_UNTRUSTED,		/* mounted from a non-initial user namespace */
	WALK_UNKNOWN,		/* no path can be given; `reason` says why */
};

/*
 * Pseudo filesystems: what they show is the kernel's, wherever they are mounted.
 * Two tables of bytes with one index: a structure would have no name in the
 * skeleton.
 */
#define WALK_PREFIXES 32		/* a power of two, the tail is empty */
#define WALK_TYPE_SIZE 16
#define WALK_PREFIX_SIZE 32
extern const char walk_type[WALK_PREFIXES][WALK_TYPE_SIZE];	/* file_system_type.name */
extern const char walk_prefix[WALK_PREFIXES][WALK_PREFIX_SIZE];

/*
 * Counters the kernel raises before and after it moves a dentry or a mount.  A
 * walk between two equal, even readings saw one state of the tree.
 */
BW_SHARED __u64 walk_moves(void);	/* renames << 32 | mounts */
#define WALK_MOVING 0x0000000100000001ull	/* either counter is odd: a writer is inside */

/* 1 for the initial user namespace. */
BW_SHARED int user_ns_is_initial(__u64 ns);

/* Collect the names of a dentry in claimed room; sets chain, prefix, end, reason. */
BW_ONCE int walk_up(__u32 room, __u64 dentry);

#endif
