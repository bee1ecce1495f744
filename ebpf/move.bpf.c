// SPDX-License-Identifier: GPL-2.0-only
/* What moves: the counters of it, and what makes a remembered label void. */
#include "walk.bpf.h"

extern const void rename_lock __ksym, mount_lock __ksym;
extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym __weak;

/* A lock's sequence, by its address alone: a load where the kernel gives it a type. */
static __always_inline __u32 sequence_of(const void *lock)
{
	struct seqcount *sequence;

	if (LINUX_KERNEL_VERSION < KERNEL_VERSION(6, 2, 0))
		return read_half(lock);
	sequence = bpf_rdonly_cast(lock, bpf_core_type_id_kernel(struct seqcount));
	return *(volatile __u32 *)&sequence->sequence;
}

#define S_IFMT 0170000
#define S_IFDIR 0040000

BW_SHARED __u64 walk_moves(void)
{
	__u64 renames = sequence_of(&rename_lock), mounts = sequence_of(&mount_lock);

	return renames << 32 | mounts;
}

BW_SHARED __u32 walk_mounts(void)
{
	return sequence_of(&mount_lock);
}

/* A dentry gets its inode: an earlier one at the same address is no longer meant. */
SEC("lsm/d_instantiate")
int BPF_PROG(bw_new_dentry, struct dentry *dentry, struct inode *inode)
{
	struct bw_known *k;

	if (!inode)
		return 0;
	k = bpf_inode_storage_get(&bw_inodes, inode, 0, 0);
	if (k && k->dentry == (__u64)dentry)
		k->dentry = 0;
	return 0;
}

static __always_inline int may_be_directory(struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;

	return !inode || (inode->i_mode & S_IFMT) == S_IFDIR;
}

/*
 * Every move of a dentry comes here (fs/dcache.c), inside rename_lock and before
 * anything of it changes; a file system that finds out about a move made
 * elsewhere included.
 */
SEC("fentry/__d_move")
int BPF_PROG(bw_move, struct dentry *dentry, struct dentry *target, bool exchange)
{
	__u32 zero = 0;
	__u64 *begun;

	if (!may_be_directory(dentry) && !(exchange && may_be_directory(target)))
		return 0;
	begun = bpf_map_lookup_elem(&bw_moves, &zero);
	if (begun)
		__sync_fetch_and_add(begun, 1);
	return 0;
}
