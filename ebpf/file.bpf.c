// SPDX-License-Identifier: GPL-2.0-only
/* Opening files, and what devices are behind their names. */
#include "question.bpf.h"

#define FMODE_READ 1u
#define FMODE_WRITE 2u
#define O_ACCMODE 3u
#define O_TRUNC 01000u
#define O_APPEND 02000u
#define FMODE_EXEC 0x20u		/* in f_flags: opened by the kernel, to be run */

#define MEMORY_MAJOR 1
#define MEMORY_MINORS 0x16u		/* mem, kmem, port */

/* What an open asks for. */
static __always_inline __u32 open_rights(__u64 file, __u64 dentry)
{
	__u32 mode = READ_U32(file, struct file, f_mode);
	__u32 flags = READ_U32(file, struct file, f_flags);
	__u32 rights = 0;

	if ((dentry_mode(dentry) & S_IFMT) == S_IFDIR)
		return BAILIWICK_RIGHT_LIST;
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

/* Who may write may append. */
static __always_inline __u32 write_for_append(__u32 rights)
{
	if (!(rights & BAILIWICK_RIGHT_APPEND))
		return 0;
	return (rights & ~BAILIWICK_RIGHT_APPEND) | BAILIWICK_RIGHT_WRITE;
}

/* 1 + privilege bit a device asks for beside its path, 0 none. */
static __always_inline __u32 device_door(__u64 dentry)
{
	__u32 type = dentry_mode(dentry) & S_IFMT, device;

	if (type == S_IFBLK)
		return 1 + BAILIWICK_PRIVILEGE_RAW_DEVICE_BIT;
	if (type != S_IFCHR)
		return 0;
	device = READ_U32(READ_PTR(dentry, struct dentry, d_inode), struct inode, i_rdev);
	if (device >> 20 == MEMORY_MAJOR && (device & 0xfffff) < 5 &&
	    MEMORY_MINORS & 1u << (device & 31))
		return 1 + BAILIWICK_PRIVILEGE_KERNEL_MEMORY_BIT;
	return 0;
}

SEC("lsm/file_open")
int BPF_PROG(bw_file_open, struct file *file)
{
	struct question q;
	__u32 door;
	__u64 dentry;

	if (!question_open(&q))
		return 0;
	if (READ_U32((__u64)file, struct file, f_flags) & FMODE_EXEC)
		return 0;		/* judged as exec, or when it is mapped */
	dentry = file_dentry_of((__u64)file);
	q.dentry = dentry;
	q.rights = open_rights((__u64)file, dentry);
	q.instead = write_for_append(q.rights);
	if (judge_object(&q))
		return -EACCES;
	door = device_door(dentry);
	if (door && judge_privilege(&q, door - 1))
		return -EACCES;
	return 0;
}
