// SPDX-License-Identifier: GPL-2.0-only
/* What a task holds by being itself: its terminal. */
#include "object.bpf.h"

#define DEVPTS_SUPER_MAGIC 0x1cd1
#define DEV_TTY (5u << 20)		/* (5, 0), the controlling terminal by name */

BW_ONCE int object_is_terminal(__u64 dentry, __u64 task)
{
	struct tty_struct *tty = BPF_CORE_READ((struct task_struct *)task, signal, tty);
	__u64 inode = READ_PTR(dentry, struct dentry, d_inode);
	__u32 device;

	if (!tty || (dentry_mode(dentry) & S_IFMT) != S_IFCHR)
		return 0;
	device = READ_U32(inode, struct inode, i_rdev);
	if (device == DEV_TTY)
		return 1;
	/* Every devpts counts from 0: numbers alone would match a container's. */
	if (READ_PTR(READ_PTR(dentry, struct dentry, d_sb), struct super_block, s_magic) ==
	    DEVPTS_SUPER_MAGIC)
		return (__u64)BPF_CORE_READ(tty, driver_data) == dentry;
	return device == ((__u32)BPF_CORE_READ(tty, driver, major) << 20 |
			  (__u32)(BPF_CORE_READ(tty, driver, minor_start) +
				  BPF_CORE_READ(tty, index)));
}
