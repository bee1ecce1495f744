/* SPDX-License-Identifier: GPL-2.0-only */
/* A file with several hard links: what one name may do all must be allowed to. */
#ifndef BAILIWICK_LINKS_BPF_H
#define BAILIWICK_LINKS_BPF_H

#include "alias.bpf.h"
#include "emit.bpf.h"

/*
 * The kernel knows how many names an inode has, and in its dentry cache those that were
 * looked at.  Each of these is judged as of now.  The others are known by what the names
 * were found to lead to before they left memory (bw_names), where that is not one label:
 *
 *   link, rename   of a name to where another label holds, whoever does it;
 *   the controller looks at all names of such files (userspace/load/links.c) and asks
 *                  for each file while they are in memory.
 *
 * An inode of which nothing is remembered has one label, as far as anybody found out.
 *
 * What an overlay shows from below says nothing of its names: the kernel makes an inode
 * for each, with one name.  These inodes have one number, by which is remembered what the
 * controller's look found; the count of the layer's names, some of which the overlay may
 * not show, decides nothing there.
 */

enum {
	LINKS_ALIKE,		/* allowed, and all names have one label */
	LINKS_DIFFER,		/* allowed */
	LINKS_CLOSED,
};

/* After judge_object() allowed what is asked of q->dentry by its own name: the others. */
BW_ONCE int links_judge(struct question *q);

/* A move that may make a copy (links.bpf.c): may q->rights be had of what is copied? */
BW_ONCE int links_judge_copy(struct question *q);

/* The object q->dentry is about to get this name, beside its own or in place of it. */
BW_ONCE int links_pair(struct question *q, __u64 name);

/* All names of q->dentry are in memory, says the controller; 0 when they are. */
BW_ONCE int links_note(struct question *q);

/* 1 when something is remembered of the object's names. */
BW_ONCE int links_noted(__u64 dentry);

/* The directory q->dentry is about to be called this: do other labels hold there? */
BW_ONCE int links_directory(struct question *q, __u64 name);

/* For a subject_open()ed question, whatever was said to it. */
static __always_inline void links_clear(struct question *q, struct dentry *dentry)
{
	__builtin_memset((void *)q + sizeof(q->who), 0, sizeof(*q) - sizeof(q->who));
	q->dentry = (__u64)dentry;
}

/* A name was judged, or need not be: by link, or by renaming one of several. */
static __always_inline void links_name(struct question *q, struct dentry *old, struct dentry *name)
{
	if (!q->who.word)
		return;
	links_clear(q, old);
	links_pair(q, number_of(name));
}

static __always_inline int links_several(__u32 mode, __u32 names)
{
	return names > 1 && (mode & S_IFMT) != S_IFDIR;
}

static __always_inline int links_several_at(__u64 dentry)
{
	__u64 inode = READ_PTR(dentry, struct dentry, d_inode);

	return inode && links_several(dentry_mode(dentry), READ_U32(inode, struct inode, i_nlink));
}

/* An overlay's file: whether it has other names is not to be told by its inode. */
static __always_inline int links_may_hide(struct inode *inode)
{
	return inode->i_sb->s_magic == OVERLAYFS_MAGIC && (inode->i_mode & S_IFMT) != S_IFDIR;
}

/* Are there names to be judged beside the dentry's own? */
static __always_inline int links_others(struct inode *inode)
{
	return links_several(inode->i_mode, inode->i_nlink) || links_may_hide(inode);
}

static __always_inline int links_others_at(__u64 dentry)
{
	__u64 inode = READ_PTR(dentry, struct dentry, d_inode);

	return inode && (dentry_mode(dentry) & S_IFMT) != S_IFDIR &&
	       (READ_U32(inode, struct inode, i_nlink) > 1 ||
		alias_in_overlay(inode));
}

/* What is remembered of the inode by its own name alone holds no more. */
static __always_inline void links_forget(struct inode *inode)
{
	struct bw_known *k = bpf_inode_storage_get(&bw_inodes, inode, 0, 0);

	if (k)
		k->dentry = 0;
}

/* 0 when all names of the file were in memory. */
static __always_inline int links_ask(struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;
	struct question q;
	int unseen;

	__builtin_memset(&q.who, 0, sizeof(q.who));
	if (!inode || !subject_open(&q.who))
		return 0;
	links_clear(&q, dentry);
	unseen = links_note(&q);
	links_forget(inode);
	return unseen;
}

#endif
