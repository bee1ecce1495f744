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
	__u64 crossed;			/* names moved or made that only a look finds again */
	/* An overlay's file the controller asked for last: each name has an inode of its own. */
	struct bw_names_key last;
	__u64 word;
	__u32 label;
	__u32 reserved;
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

static __always_inline int alias_in_overlay(__u64 inode)
{
	return READ_PTR(READ_PTR(inode, struct inode, i_sb), struct super_block, s_magic) ==
	       OVERLAYFS_MAGIC;
}

/* Of an overlay's inode: the inode it was copied to, 0 while it is the layer's below. */
BW_ONCE __u64 alias_copy(__u64 inode);

/*
 * 1 for a file that an overlay shows from below, where each name may be an inode of its
 * own with one name.  They have one number: that of the file below.
 */
static __always_inline int alias_is_below(__u64 inode)
{
	return alias_in_overlay(inode) && !alias_copy(inode);
}

/*
 * Subvolumes of btrfs may have a file each by one number and generation, whose labels
 * then come together: too strict for one of them, too lax for none.  So may layers of an
 * overlay that are of several filesystems.  Of a file that was copied there the copy's
 * number counts: the inode keeps the one from below until it leaves memory.
 */
static __always_inline void key_of(struct bw_names_key *ret, __u64 inode)
{
	__u64 copy = alias_in_overlay(inode) ? alias_copy(inode) : 0;

	ret->inode = READ_PTR(copy ? copy : inode, struct inode, i_ino);
	ret->device = READ_U32(READ_PTR(inode, struct inode, i_sb), struct super_block, s_dev);
	ret->generation = READ_U32(inode, struct inode, i_generation);
}

/*
 * The names in memory, into s->alias, and the key of what is remembered; 1 when these
 * are all there are.
 */
BW_ONCE int names_find(__u32 room, __u64 dentry);

#endif
