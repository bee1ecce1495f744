// SPDX-License-Identifier: GPL-2.0-only
/* What moves: directories counted, and what makes a remembered label void. */
#include "image.bpf.h"

#define S_IFMT 0170000
#define S_IFDIR 0040000

/*
 * A dentry gets its inode: an earlier one at the same address is no longer meant, and
 * an inode that has a name already gets another.
 */
SEC("lsm/d_instantiate")
int BPF_PROG(bw_new_dentry, struct dentry *dentry, struct inode *inode)
{
	struct bw_known *k;

	if (!inode)
		return 0;
	k = bpf_inode_storage_get(&bw_inodes, inode, 0, 0);
	if (k)
		k->dentry = 0;
	return 0;
}

/* A directory renames what is below it, one of several names says something of the others. */
static __always_inline int concerns_others(struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;

	return !inode || (inode->i_mode & S_IFMT) == S_IFDIR || inode->i_nlink > 1;
}

/*
 * Every move of a dentry comes here (fs/dcache.c), inside rename_lock and before
 * anything of it changes; a file system that finds out about a move made
 * elsewhere included.
 */
SEC("fentry/__d_move")
int BPF_PROG(bw_move, struct dentry *dentry, struct dentry *target, bool exchange)
{
	if (!concerns_others(dentry) && !(exchange && concerns_others(target)))
		return 0;
	__sync_fetch_and_add(&bw_moves, 1);
	return 0;
}
