// SPDX-License-Identifier: GPL-2.0-only
/* Mounts: a privilege to make any, and a right on the place. */
#include "own.bpf.h"
#include "place.bpf.h"

#define MNT_SHARED 0x1000
#define MS_REMOUNT 32ul
#define MS_BIND 4096ul
#define MS_MOVE 8192ul
#define MS_UNBINDABLE (1ul << 17)
#define MS_PRIVATE (1ul << 18)
#define MS_SLAVE (1ul << 19)
#define MS_SHARED (1ul << 20)
#define MS_PLACES_NOTHING (MS_REMOUNT | MS_UNBINDABLE | MS_PRIVATE | MS_SLAVE | MS_SHARED)
/* With one of these mount(2) does not look at MS_MOVE. */
#define MS_BEFORE_MOVE (MS_REMOUNT | MS_BIND | MS_UNBINDABLE | MS_PRIVATE | MS_SLAVE | MS_SHARED)

/* 1 for a mount of the initial namespace, or one that is propagated there. */
static __always_inline int is_home(__u64 vfsmount)
{
	__u64 mount = vfsmount - bpf_core_field_offset(struct mount, mnt);

	return READ_PTR(mount, struct mount, mnt_ns) == place_home() ||
	       READ_U32(vfsmount, struct vfsmount, mnt_flags) & MNT_SHARED;
}

/*
 * Both for a row; for a task without a role the right on protected places alone, and
 * with `covers`, a mount that is placed, on all of Bailiwick's own that it hides:
 * what comes to lie there has the paths of what lay there.
 */
static __always_inline int judge_mount(__u64 dentry, __u64 covers)
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
	if (covers && !q.who.row && is_home(covers) && !is_init())
		q.subtree = BELOW_OWN;
	return judge_object(&q);
}

/*
 * A mount that leaves its place takes the paths of everything in it along.  So a
 * row, and a task without one while a class is protected, must hold the right on
 * all that a policy could name there.  Other namespaces' mounts give no names, but
 * the going of a shared one is propagated.
 */
static __always_inline int judge_leaving(__u64 vfsmount)
{
	__u64 mount = vfsmount - bpf_core_field_offset(struct mount, mnt);
	struct question q;

	if (!is_home(vfsmount) || !question_open(&q))
		return ALLOW;
	if (!q.who.row && is_init())
		return ALLOW;		/* the machine goes down */
	q.dentry = READ_PTR(mount, struct mount, mnt_mountpoint);
	q.rights = BAILIWICK_RIGHT_MOUNT;
	q.subtree = BELOW_ALL;
	return judge_object(&q);
}

/*
 * What moves, mount(2) names by a string and pivot_root not at all; in the initial
 * namespace it could be anything.  move_mount(2) is there for that.
 */
static __always_inline int judge_unnamed_move(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct question q;

	if ((__u64)BPF_CORE_READ(task, nsproxy, mnt_ns) != place_home() || !question_open(&q))
		return ALLOW;
	if (!q.who.row && is_init())
		return ALLOW;
	q.operation = BAILIWICK_OP_MOUNT;
	q.reason = BAILIWICK_REASON_NO_MOUNT;
	q.cell = q.who.protects ? BAILIWICK_CELL_PROTECTED : 0;
	return settle(&q);
}

SEC("lsm/sb_mount")
int BPF_PROG(bw_mount, const char *dev_name, struct path *path, const char *type,
	     unsigned long flags)
{
	if (judge_mount(READ_PTR((__u64)path, struct path, dentry),
			flags & MS_PLACES_NOTHING ? 0 : READ_PTR((__u64)path, struct path, mnt)))
		return -EACCES;
	if (flags & MS_MOVE && !(flags & MS_BEFORE_MOVE) && judge_unnamed_move())
		return -EACCES;
	return 0;
}

SEC("lsm/move_mount")
int BPF_PROG(bw_move_mount, struct path *from_path, struct path *to_path)
{
	if (judge_mount(READ_PTR((__u64)to_path, struct path, dentry),
			READ_PTR((__u64)to_path, struct path, mnt)))
		return -EACCES;
	if (judge_leaving(READ_PTR((__u64)from_path, struct path, mnt)))
		return -EACCES;
	return 0;
}

/* What was mounted over comes to light: the place counts, not what is taken from it. */
SEC("lsm/sb_umount")
int BPF_PROG(bw_umount, struct vfsmount *mnt)
{
	__u64 mount = (__u64)mnt - bpf_core_field_offset(struct mount, mnt);

	if (judge_mount(READ_PTR(mount, struct mount, mnt_mountpoint), 0))
		return -EACCES;
	if (judge_leaving(number_of(mnt)))
		return -EACCES;
	if (place_lost(number_of(mnt)))
		return -EACCES;
	return 0;
}

SEC("lsm/sb_remount")
int BPF_PROG(bw_remount, struct super_block *sb)
{
	if (judge_mount(READ_PTR((__u64)sb, struct super_block, s_root), 0))
		return -EACCES;
	return 0;
}

SEC("lsm/sb_pivotroot")
int BPF_PROG(bw_pivotroot, struct path *old_path)
{
	if (judge_mount(READ_PTR((__u64)old_path, struct path, dentry), 0))
		return -EACCES;
	if (judge_unnamed_move())
		return -EACCES;
	return 0;
}
