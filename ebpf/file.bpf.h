/* SPDX-License-Identifier: GPL-2.0-only */
/* What an open file may be used for, in the words of the policy. */
#ifndef BAILIWICK_FILE_BPF_H
#define BAILIWICK_FILE_BPF_H

#include "question.bpf.h"

#define FMODE_READ 1u
#define FMODE_WRITE 2u
#define O_ACCMODE 3u
#define O_RDWR 2u
#define O_TRUNC 01000u
#define O_APPEND 02000u
#define FLAG_EXEC 0x20u		/* f_flags: opened by the kernel, to be run */

/* Until 6.4: sendfile to a socket asks nothing but file_permission. */
struct proto_ops___paged {
	void *sendpage;
} __attribute__((preserve_access_index));

static __always_inline __u32 file_flags(const struct file *file)
{
	return file->f_flags;
}

/* A file the kernel opened to run it.  A message queue keeps whatever flags its caller gave. */
static __always_inline int file_is_run(const struct file *file)
{
	__u64 dentry;

	if (!(file_flags(file) & FLAG_EXEC))
		return 0;
	dentry = READ_PTR((__u64)file, struct file, f_path.dentry);
	return READ_PTR(READ_PTR(dentry, struct dentry, d_sb), struct super_block, s_magic) !=
	       MQUEUE_MAGIC;
}

/* Rights behind a descriptor, or behind the open that makes one. */
static __always_inline __u32 rights_behind(__u32 mode, __u32 flags, __u32 type)
{
	__u32 rights = 0;

	if (type == S_IFDIR)
		return mode & FMODE_READ ? BAILIWICK_RIGHT_LIST : 0;
	if ((flags & O_ACCMODE) == O_ACCMODE)	/* neither, but everything by ioctl */
		rights = BAILIWICK_RIGHT_READ | BAILIWICK_RIGHT_WRITE;
	if (mode & FMODE_READ)
		rights |= BAILIWICK_RIGHT_READ;
	if (flags & O_TRUNC)
		rights |= BAILIWICK_RIGHT_WRITE;
	if (mode & FMODE_WRITE)
		rights |= flags & O_APPEND ? BAILIWICK_RIGHT_APPEND : BAILIWICK_RIGHT_WRITE;
	return rights;
}

/* Of a file that is only a number here. */
static __always_inline __u32 file_rights(__u64 file, __u64 dentry)
{
	return rights_behind(READ_U32(file, struct file, f_mode),
			     READ_U32(file, struct file, f_flags),
			     dentry_mode(dentry) & S_IFMT);
}

/* Who may write may append: the rights to ask for instead, 0 none. */
static __always_inline __u32 write_for_append(__u32 rights)
{
	if (!(rights & BAILIWICK_RIGHT_APPEND))
		return 0;
	return (rights & ~(__u32)BAILIWICK_RIGHT_APPEND) | BAILIWICK_RIGHT_WRITE;
}

#endif
