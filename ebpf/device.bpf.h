/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices that reach around any path: disks below filesystems, memory, raw commands. */
#ifndef BAILIWICK_DEVICE_BPF_H
#define BAILIWICK_DEVICE_BPF_H

#include "own.bpf.h"

/* 1 + the privilege a device asks for beside its path, 0 none. */
BW_ONCE __u32 device_door(__u32 type, __u32 device);

/* 1 when a command to a character device goes on to a disk as it is. */
BW_ONCE int device_passes_on(__u32 type, __u32 command);

/*
 * 1 when the kernel itself uses the disk this file is, or a part of it: a
 * filesystem, a stack of devices, swap.  `device` of a file that is about to be
 * opened, 0 for one that is open.
 */
BW_ONCE int device_in_use(__u64 file, __u32 device);

/*
 * A row needs the privilege.  A task without one is shut out, while a class is
 * protected, of what could hold a class; not init, with whom the machine goes down.
 */
static __always_inline int judge_device(struct question *q, __u32 door, int reaches)
{
	if (q->who.row)
		return judge_privilege(q, door);
	if (!reaches || is_init())
		return ALLOW;
	return refuse_protected(q, BAILIWICK_OP_PRIVILEGE, door);
}

/* A block device that is open already: it may have come into use meanwhile. */
static __always_inline int judge_open_disk(struct question *q, struct file *file)
{
	if (q->who.row)
		return judge_privilege(q, BAILIWICK_PRIVILEGE_RAW_DEVICE_BIT);
	return judge_device(q, BAILIWICK_PRIVILEGE_RAW_DEVICE_BIT,
			    device_in_use(number_of(file), 0));
}

#endif
