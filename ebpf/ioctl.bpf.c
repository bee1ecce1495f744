// SPDX-License-Identifier: GPL-2.0-only
/* Commands to a descriptor: to the file, to the device behind it, and past both. */
#include "device.bpf.h"
#include "file.bpf.h"
#include "place.bpf.h"

/*
 * Commands of the descriptor, not of the device behind it, and those with which
 * programs only find out what they were given.
 */
static __always_inline int harmless(unsigned int command, __u32 type)
{
	switch (command) {
	case 0x5450:			/* FIONCLEX */
	case 0x5451:			/* FIOCLEX */
	case 0x5421:			/* FIONBIO */
	case 0x5452:			/* FIOASYNC */
	case 0x5460:			/* FIOQSIZE */
	case 0x541b:			/* FIONREAD */
		return 1;
	case 0x5401:			/* TCGETS */
	case 0x5413:			/* TIOCGWINSZ */
	case 0x540f:			/* TIOCGPGRP */
		return type != S_IFCHR;	/* "is this a terminal?" asked of something else */
	}
	return 0;
}

#define LETTER(command) ((command) >> 8 & 0xff)

#define TIOCSTI 0x5412u
#define TIOCLINUX 0x541cu
#define FIOSETOWN 0x8901u
#define SIOCSPGRP 0x8902u

/* Typing for whoever reads the terminal next; signals to whoever is named: sigio.bpf.c. */
static __always_inline int acts_on_others(unsigned int command, __u32 type)
{
	if (type == S_IFSOCK)
		return command == FIOSETOWN || command == SIOCSPGRP;
	return type == S_IFCHR && (command == TIOCSTI || command == TIOCLINUX);
}

#define BTRFS_LETTER 0x94u
#define XFS_LETTER 0x58u

/*
 * btrfs: a snapshot is another name for all that is in a subvolume, searches and
 * sends read it from the trees, devices that come and go take it along.
 */
static __always_inline __u32 btrfs_reaches(unsigned int command)
{
	switch (command & 0xff) {
	case 1:				/* SNAP_CREATE, and version 2 */
	case 23:
	case 17:			/* TREE_SEARCH */
	case 18:			/* INO_LOOKUP, and the user's */
	case 62:
	case 35:			/* INO_PATHS */
	case 36:			/* LOGICAL_INO, and version 2 */
	case 59:
	case 38:			/* SEND */
		return BAILIWICK_RIGHT_READ;
	case 3:				/* RESIZE */
	case 10:			/* ADD_DEV */
	case 11:			/* RM_DEV, and version 2 */
	case 58:
	case 53:			/* DEV_REPLACE */
	case 15:			/* SNAP_DESTROY, and version 2 */
	case 63:
	case 19:			/* DEFAULT_SUBVOL */
	case 37:			/* SET_RECEIVED_SUBVOL */
		return BAILIWICK_RIGHT_WRITE;
	}
	return 0;
}

/* xfs: any file's attributes and links by number or handle, and the exchange of contents. */
static __always_inline __u32 xfs_reaches(unsigned int command)
{
	switch (command & 0xff) {
	case 101:			/* FSBULKSTAT, one, and its successor */
	case 102:
	case 127:
	case 103:			/* FSINUMBERS, and its successor */
	case 128:
	case 108:			/* READLINK_BY_HANDLE */
	case 122:			/* ATTRLIST_BY_HANDLE */
		return BAILIWICK_RIGHT_READ;
	case 109:			/* SWAPEXT */
	case 123:			/* ATTRMULTI_BY_HANDLE */
		return BAILIWICK_RIGHT_WRITE;
	}
	return 0;
}

/* What a command does to files other than the one it is sent to, 0 nothing. */
static __always_inline __u32 reaches(__u64 dentry, unsigned int command)
{
	__u64 magic = READ_PTR(READ_PTR(dentry, struct dentry, d_sb), struct super_block, s_magic);

	if (magic == BTRFS_MAGIC && LETTER(command) == BTRFS_LETTER)
		return btrfs_reaches(command);
	if (magic == XFS_MAGIC && LETTER(command) == XFS_LETTER)
		return xfs_reaches(command);
	return 0;
}

static __always_inline int judge_ioctl(struct file *file, unsigned int command)
{
	struct question q;
	__u32 type, beyond;
	__u64 dentry;

	if (!question_open(&q))
		return ALLOW;
	dentry = file_dentry_of((__u64)file);
	type = dentry_mode(dentry) & S_IFMT;
	if (harmless(command, type))
		return ALLOW;
	if (acts_on_others(command, type) &&
	    judge_privilege(&q, BAILIWICK_PRIVILEGE_PTRACE_BIT))
		return DENY;
	if (device_passes_on(type, command) &&
	    judge_device(&q, BAILIWICK_PRIVILEGE_RAW_DEVICE_BIT, 1))
		return DENY;
	if (type == S_IFBLK && judge_open_disk(&q, file))
		return DENY;
	q.number = command;
	beyond = reaches(dentry, command);
	if (beyond) {
		/* Which files, only the filesystem knows: all that it holds. */
		q.operation = BAILIWICK_OP_IOCTL;
		q.dentry = place_top(dentry);
		q.rights = beyond;
		q.subtree = BELOW_ALL;
		if (judge_object(&q))
			return DENY;
		q.subtree = 0;
	}
	q.operation = 0;
	q.dentry = dentry;
	q.rights = BAILIWICK_RIGHT_IOCTL;
	return judge_object(&q);
}

SEC("lsm/file_ioctl")
int BPF_PROG(bw_file_ioctl, struct file *file, unsigned int cmd)
{
	if (judge_ioctl(file, cmd))
		return -EACCES;
	return 0;
}

SEC("lsm/file_ioctl_compat")
int BPF_PROG(bw_ioctl_compat, struct file *file, unsigned int cmd)
{
	if (judge_ioctl(file, cmd))
		return -EACCES;
	return 0;
}
