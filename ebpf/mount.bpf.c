// SPDX-License-Identifier: GPL-2.0-only
/* Mounts: a privilege to make any, and a right on the place. */
#include "place.bpf.h"
#include "question.bpf.h"

/* Both for a row; for a task without a role the right on protected places alone. */
static __always_inline int judge_mount(__u64 dentry)
{
	struct question q;

	if (!question_open(&q))
		return ALLOW;
	if (judge_privilege(&q, BAILIWICK_PRIVILEGE_MOUNT_BIT))
		return DENY;
	if (!dentry)
		return ALLOW;
	q.operation = 0;
	q.dentry = dentry;
	q.rights = BAILIWICK_RIGHT_MOUNT;
	return judge_object(&q);
}

SEC("lsm/sb_mount")
int BPF_PROG(bw_mount, const char *dev_name, struct path *path)
{
	if (judge_mount(READ_PTR((__u64)path, struct path, dentry)))
		return -EACCES;
	return 0;
}

SEC("lsm/move_mount")
int BPF_PROG(bw_move_mount, struct path *from_path, struct path *to_path)
{
	if (judge_mount(READ_PTR((__u64)to_path, struct path, dentry)))
		return -EACCES;
	return 0;
}

/* What was mounted over comes to light: the place counts, not what is taken from it. */
SEC("lsm/sb_umount")
int BPF_PROG(bw_umount, struct vfsmount *mnt)
{
	__u64 mount = (__u64)mnt - bpf_core_field_offset(struct mount, mnt);

	if (judge_mount(READ_PTR(mount, struct mount, mnt_mountpoint)))
		return -EACCES;
	if (place_lost(number_of(mnt)))
		return -EACCES;
	return 0;
}

SEC("lsm/sb_remount")
int BPF_PROG(bw_remount, struct super_block *sb)
{
	if (judge_mount(READ_PTR((__u64)sb, struct super_block, s_root)))
		return -EACCES;
	return 0;
}

SEC("lsm/sb_pivotroot")
int BPF_PROG(bw_pivotroot, struct path *old_path)
{
	if (judge_mount(READ_PTR((__u64)old_path, struct path, dentry)))
		return -EACCES;
	return 0;
}
