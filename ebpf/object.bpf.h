/* SPDX-License-Identifier: GPL-2.0-only */
/* About what: a dentry's label, the path for an event, the caller's terminal. */
#ifndef BAILIWICK_OBJECT_BPF_H
#define BAILIWICK_OBJECT_BPF_H

#include "image.bpf.h"
#include "walk.bpf.h"

/*
 * Label of the object behind a dentry, by its canonical path; a dentry without
 * an inode (a name about to be made) has one too.  The claimed room keeps the
 * walk, and in `reason` why an object is UNKNOWN or UNTRUSTED.
 *
 * `above` is what is known of the object's directory, as state | depth << 32, and
 * holds as long as walk_moves() is still `moves`; moves 0: nothing is known.  With
 * OBJECT_ASK_BELOW the room says afterwards whether all names in that directory lead
 * to one state.
 */
#define OBJECT_ASK_BELOW (1ull << 63)
#define BELOW_DIFFERS 0xffffffffu
BW_ONCE __u32 object_label(__u32 room, __u64 word, __u64 dentry, __u64 moves, __u64 above);

/*
 * Right after object_label() of a directory: 1 + a label below it on which the
 * row lacks one of the rights, 0 when there is none.  `own`: no class's label counts.
 */
BW_ONCE __u32 subtree_lacks(__u32 room, __u64 word, __u32 row, __u32 rights, __u32 own);

/* The canonical path in words: fills s->path from its end, s->path_at, s->path_cut. */
BW_ONCE int object_path(__u32 room, __u64 dentry);

/* 1 when the dentry is the task's own controlling terminal. */
BW_ONCE int object_is_terminal(__u64 dentry, __u64 task);

/* 1 while current works for an overlay filesystem, with its mounter's credentials. */
BW_ONCE int object_inside_overlay(void);

/* 1 when the filesystem of this dentry is where the initial namespace begins. */
BW_ONCE int object_on_root(__u64 dentry);

#define FMODE_CREATED (1u << 20)
#define FMODE_BACKING (1u << 25)

/* Since 6.8: the file below a stacked one; the path its user opened stands beside it. */
struct backing_file___stacked {
	struct file file;
	struct path user_path;
} __attribute__((preserve_access_index));

static __always_inline int file_is_backing(const struct file *file)
{
	return bpf_core_type_exists(struct backing_file___stacked) && file->f_mode & FMODE_BACKING;
}

/* 1 for a file an overlay opens below one of its own. */
static __always_inline int file_is_layer(const struct file *file)
{
	return bpf_core_type_exists(struct backing_file___stacked) ?
	       file_is_backing(file) : file->f_inode != file->f_path.dentry->d_inode;
}

/* The dentry a file was opened by, as a number. */
static __always_inline __u64 file_dentry_of(__u64 file)
{
	if (bpf_core_type_exists(struct backing_file___stacked) &&
	    READ_U32(file, struct file, f_mode) & FMODE_BACKING)
		return READ_PTR(file, struct backing_file___stacked, user_path.dentry);
	return READ_PTR(file, struct file, f_path.dentry);
}

/*
 * The layer's file an overlay opens below one of its own: its dentry, 0 for any
 * other file.  Before 6.8 only the inode is the layer's, and the name is found
 * among the inode's.
 */
static __always_inline __u64 file_layer_of(__u64 file)
{
	__u64 dentry = READ_PTR(file, struct file, f_path.dentry);
	__u64 inode = READ_PTR(file, struct file, f_inode), alias;

	if (bpf_core_type_exists(struct backing_file___stacked))
		return READ_U32(file, struct file, f_mode) & FMODE_BACKING ? dentry : 0;
	if (inode == READ_PTR(dentry, struct dentry, d_inode))
		return 0;
	alias = READ_PTR(inode, struct inode, i_dentry.first);
	return alias ? alias - bpf_core_field_offset(struct dentry, d_u.d_alias) : dentry;
}

static __always_inline __u32 inode_mode(__u64 inode)
{
	__u16 mode = 0;

	bpf_probe_read_kernel(&mode, sizeof(mode), FIELD_AT(inode, struct inode, i_mode));
	return mode;
}

/* Mode bits of the inode behind a dentry, 0 for a name without one. */
static __always_inline __u32 dentry_mode(__u64 dentry)
{
	__u64 inode = READ_PTR(dentry, struct dentry, d_inode);

	return inode ? inode_mode(inode) : 0;
}

#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define S_IFREG 0100000
#define S_IFBLK 0060000
#define S_IFDIR 0040000
#define S_IFCHR 0020000

#endif
