/* SPDX-License-Identifier: GPL-2.0-only */
/* The names of files with several hard links: those in memory, and what is remembered. */
#ifndef BAILIWICK_ALIAS_BPF_H
#define BAILIWICK_ALIAS_BPF_H

#include "image.bpf.h"

/* By inode: a name leaves memory, and so does the inode; what was found of it stays. */
struct bw_names_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct bw_names_key);
	__type(value, struct bw_names);
};
extern struct bw_names_map bw_names SEC(".maps");

/* What the controller is told of them. */
struct bw_links_state {
	__u64 full;			/* control word in which the map above had no room, 0 none */
	__u64 crossed;			/* directories moved to where other labels hold */
};

struct bw_links_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bw_links_state);
};
extern struct bw_links_map bw_links SEC(".maps");

static __always_inline struct bw_links_state *links_state(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&bw_links, &zero);
}

/*
 * Subvolumes of btrfs may have a file each by one number and generation, whose labels
 * then come together: too strict for one of them, too lax for none.
 */
static __always_inline void key_of(struct bw_names_key *ret, __u64 inode)
{
	ret->inode = READ_PTR(inode, struct inode, i_ino);
	ret->device = READ_U32(READ_PTR(inode, struct inode, i_sb), struct super_block, s_dev);
	ret->generation = READ_U32(inode, struct inode, i_generation);
}

/*
 * The names in memory, into s->alias, and the key of what is remembered; 1 when these
 * are all there are.
 */
BW_ONCE int names_find(__u32 room, __u64 dentry);

#endif
