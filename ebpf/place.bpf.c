// SPDX-License-Identifier: GPL-2.0-only
/* Filesystems without a place in the initial namespace: never had one, or lost it? */
#include "place.bpf.h"

extern const void init_task __ksym;

#define MNT_SHARED 0x1000
#define EVERY 0ull		/* key: mounts went together, their filesystems are not known */

BW_ONCE __u64 place_home(void)
{
	return READ_PTR(READ_PTR((__u64)&init_task, struct task_struct, nsproxy),
			struct nsproxy, mnt_ns);
}

BW_ONCE __u64 place_root(void)
{
	return READ_PTR(READ_PTR(place_home(), struct mnt_namespace, root), struct mount,
			mnt.mnt_root);
}

/*
 * A private /dev or /tmp that a service manager or a container made for itself
 * has no path any policy could name; a task without a role may use it.  What was
 * mounted in the initial namespace had such a path, and may not be opened up by
 * unmounting it there while a private namespace keeps it.
 */
BW_ONCE int place_never(__u64 super)
{
	__u64 every = EVERY;

	return !bpf_map_lookup_elem(&bw_lost, &every) && !bpf_map_lookup_elem(&bw_lost, &super);
}

static __always_inline int remember(__u64 super)
{
	__u32 one = 1;

	return bpf_map_update_elem(&bw_lost, &super, &one, 0) != 0;
}

/* Another namespace's mount counts when its going is propagated: it is shared. */
BW_ONCE int place_lost(__u64 vfsmount)
{
	__u64 mount = vfsmount - bpf_core_field_offset(struct mount, mnt);
	__u64 children = (__u64)FIELD_AT(mount, struct mount, mnt_mounts);

	if (READ_PTR(mount, struct mount, mnt_ns) != place_home() &&
	    !(READ_U32(vfsmount, struct vfsmount, mnt_flags) & MNT_SHARED))
		return 0;
	/* A lazy unmount takes what is mounted below along, and asks about none of it. */
	if (READ_PTR(mount, struct mount, mnt_mounts.next) != children && remember(EVERY))
		return 1;
	return remember(READ_PTR(vfsmount, struct vfsmount, mnt_sb));
}

/*
 * A filesystem of which only parts are mounted (btrfs subvolumes) may hold any
 * path of the initial namespace.
 */
BW_ONCE __u64 place_top(__u64 dentry)
{
	__u64 root = READ_PTR(READ_PTR(dentry, struct dentry, d_sb), struct super_block, s_root);
	__u32 room = scratch_claim();
	struct bw_scratch *s = scratch_at(room);
	int placed;

	if (!s)
		return 0;
	walk_up(room, root);
	placed = s->end != WALK_UNKNOWN || s->reason != BAILIWICK_REASON_NO_MOUNT;
	scratch_release(room);
	return placed ? root : place_root();
}

/* The address may come again for another filesystem. */
SEC("lsm/sb_free_security")
int BPF_PROG(bw_super_free, struct super_block *sb)
{
	__u64 super = number_of(sb);

	bpf_map_delete_elem(&bw_lost, &super);
	return 0;
}
