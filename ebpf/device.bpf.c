// SPDX-License-Identifier: GPL-2.0-only
/* Which devices reach around any path, and whether a disk is in use. */
#include "device.bpf.h"

extern const void blockdev_superblock __ksym;

#define DEVICES_MAX (1u << 16)
#define MAJOR(device) ((device) >> 20)
#define MINOR(device) ((device) & 0xfffff)

#define MEMORY_MAJOR 1
#define MEMORY_MINORS 0x16u		/* mem, kmem, port */
#define MISC_MAJOR 10
#define MAPPER_MINOR 236		/* makes devices of others, and claims none twice */
#define SG_MAJOR 21			/* commands to a disk, by writing them */
#define MTD_MAJOR 90

BW_ONCE __u32 device_door(__u32 type, __u32 device)
{
	if (type == S_IFBLK)
		return 1 + BAILIWICK_PRIVILEGE_RAW_DEVICE_BIT;
	if (type != S_IFCHR)
		return 0;
	switch (MAJOR(device)) {
	case MEMORY_MAJOR:
		return MINOR(device) < 5 && MEMORY_MINORS & 1u << (device & 31) ?
			1 + BAILIWICK_PRIVILEGE_KERNEL_MEMORY_BIT : 0;
	case MISC_MAJOR:
		return MINOR(device) == MAPPER_MINOR ? 1 + BAILIWICK_PRIVILEGE_RAW_DEVICE_BIT : 0;
	case SG_MAJOR:
	case MTD_MAJOR:
		return 1 + BAILIWICK_PRIVILEGE_RAW_DEVICE_BIT;
	}
	return 0;
}

/* The numbers of these devices are given out anew at each start: their commands are not. */
BW_ONCE int device_passes_on(__u32 type, __u32 command)
{
	if (type != S_IFCHR)
		return 0;
	switch (command) {
	case 0x2285:			/* SG_IO: bsg, sg, tapes */
	case 0x0001:			/* SCSI_IOCTL_SEND_COMMAND */
	case 0xc0484e41:		/* NVME_IOCTL_ADMIN_CMD */
	case 0xc0484e43:		/* NVME_IOCTL_IO_CMD */
	case 0x40304e42:		/* NVME_IOCTL_SUBMIT_IO */
	case 0xc0504e47:		/* NVME_IOCTL_ADMIN64_CMD */
	case 0xc0504e48:		/* NVME_IOCTL_IO64_CMD */
	case 0xc0504e49:		/* NVME_IOCTL_IO64_CMD_VEC */
	case 0xc0484e80:		/* NVME_URING_CMD_IO, and _VEC, ADMIN, ADMIN_VEC */
	case 0xc0484e81:
	case 0xc0484e82:
	case 0xc0484e83:
		return 1;
	}
	return 0;
}

struct search {
	struct bw_scratch *s;	/* node, super: where the list ends; hash: number; mount: found */
};

static long device_step(__u32 i, struct search *c)
{
	struct bw_scratch *s = c->s;
	__u64 inode = s->node - bpf_core_field_offset(struct inode, i_sb_list);
	__u64 device = inode - bpf_core_field_offset(struct bdev_inode, vfs_inode);

	if (s->node == s->super || !s->node) {
		s->settled = s->node != 0;
		return 1;
	}
	if (READ_U32(device, struct block_device, bd_dev) == s->hash) {
		s->mount = device;
		s->settled = 1;
		return 1;
	}
	s->node = READ_PTR(s->node, struct list_head, next);
	return 0;
}

/* 1 when *ret says which device has this number, or that none has; 0 it cannot be told. */
static __always_inline int device_find(__u32 number, __u64 *ret)
{
	__u64 disks = READ_PTR(read_word(&blockdev_superblock), struct super_block, s_inodes.next);
	__u64 end = (__u64)FIELD_AT(read_word(&blockdev_superblock), struct super_block, s_inodes);
	__u32 room = scratch_claim();
	struct bw_scratch *s = scratch_at(room);
	struct search c = {.s = s};
	int told;

	if (!s)
		return 0;
	s->node = disks;
	s->super = end;
	s->hash = number;
	s->mount = 0;
	s->settled = 0;
	bpf_loop(DEVICES_MAX, device_step, &c, 0);
	*ret = s->mount;
	told = s->settled;
	scratch_release(room);
	return told;
}

/*
 * The kernel claims what it mounts, stacks or swaps to, and counts the claims on
 * the parts of a disk at the disk.  A part that nobody uses may overlap one that
 * is used: they count as one.  A claim by O_EXCL looks like some of the kernel's own
 * (swap, zram), so it counts too, but for whoever holds it.
 */
BW_ONCE int device_in_use(__u64 file, __u32 number)
{
	__u64 device, whole;

	if (number) {
		if (!device_find(number, &device))
			return 1;
		if (!device)
			return 0;
	} else {
		device = READ_PTR(READ_PTR(file, struct file, f_mapping), struct address_space, host) -
			 bpf_core_field_offset(struct bdev_inode, vfs_inode);
	}
	whole = READ_PTR(READ_PTR(device, struct block_device, bd_disk), struct gendisk, part0);
	return READ_U32(whole, struct block_device, bd_holders) &&
	       READ_PTR(device, struct block_device, bd_holder) != file;
}
