// SPDX-License-Identifier: GPL-2.0-only
/* Names: made, linked, renamed, removed. */
#include "question.bpf.h"

static __always_inline int judge_name(struct dentry *dentry, __u32 rights)
{
	struct question q;

	if (!question_open(&q))
		return ALLOW;
	q.rights = rights;
	return judge_held(&q, dentry, 0);	/* a name that goes, or was never used */
}

SEC("lsm/inode_create")
int BPF_PROG(bw_create, struct inode *dir, struct dentry *dentry)
{
	if (judge_name(dentry, BAILIWICK_RIGHT_CREATE))
		return -EACCES;
	return 0;
}

SEC("lsm/inode_mkdir")
int BPF_PROG(bw_mkdir, struct inode *dir, struct dentry *dentry)
{
	if (judge_name(dentry, BAILIWICK_RIGHT_CREATE))
		return -EACCES;
	return 0;
}

SEC("lsm/inode_symlink")
int BPF_PROG(bw_symlink, struct inode *dir, struct dentry *dentry)
{
	if (judge_name(dentry, BAILIWICK_RIGHT_CREATE))
		return -EACCES;
	return 0;
}

/* A device node reaches what is behind it from any path: a privilege, too. */
SEC("lsm/inode_mknod")
int BPF_PROG(bw_mknod, struct inode *dir, struct dentry *dentry, umode_t mode, dev_t dev)
{
	__u32 type = mode & S_IFMT;
	struct question q;

	if (!question_open(&q))
		return 0;
	if (judge_dentry(&q, dentry, BAILIWICK_RIGHT_CREATE))
		return -EACCES;
	/* (0, 0) is a whiteout, which leads to no device. */
	if ((type == S_IFBLK || (type == S_IFCHR && dev)) &&
	    judge_privilege(&q, BAILIWICK_PRIVILEGE_MKNOD_DEVICE_BIT))
		return -EACCES;
	return 0;
}

/* Two names, one object: the old one must be given away, the new one taken. */
SEC("lsm/inode_link")
int BPF_PROG(bw_link, struct dentry *old_dentry, struct inode *dir, struct dentry *new_dentry)
{
	struct question q;

	if (question_open(&q)) {
		q.rights = BAILIWICK_RIGHT_LINK;
		if (judge_held(&q, old_dentry, 0))
			return -EACCES;
		q.rights = BAILIWICK_RIGHT_LINK | BAILIWICK_RIGHT_CREATE;
		q.operation = 0;
		if (judge_held(&q, new_dentry, 0))
			return -EACCES;
	}
	links_name(&q, old_dentry, new_dentry);
	return 0;
}

SEC("lsm/inode_unlink")
int BPF_PROG(bw_unlink, struct inode *dir, struct dentry *dentry)
{
	if (judge_name(dentry, BAILIWICK_RIGHT_DELETE))
		return -EACCES;
	return 0;
}

SEC("lsm/inode_rmdir")
int BPF_PROG(bw_rmdir, struct inode *dir, struct dentry *dentry)
{
	if (judge_name(dentry, BAILIWICK_RIGHT_DELETE))
		return -EACCES;
	return 0;
}

static __always_inline int judge_move(struct question *q, struct dentry *old_dentry,
				      struct dentry *new_dentry)
{
	__u32 rights = BAILIWICK_RIGHT_RENAME | BAILIWICK_RIGHT_CREATE;

	q->subtree = (dentry_mode((__u64)old_dentry) & S_IFMT) == S_IFDIR;
	if (judge_dentry(q, old_dentry, BAILIWICK_RIGHT_RENAME))
		return DENY;
	if (READ_PTR((__u64)new_dentry, struct dentry, d_inode))
		rights |= BAILIWICK_RIGHT_DELETE;	/* what stands there is replaced */
	q->subtree = 0;
	q->operation = 0;
	return judge_dentry(q, new_dentry, rights);
}

/* An overlay moves a copy of what it shows from below: what is read by it is not a name. */
static __always_inline int judge_copy(struct question *q, struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;

	if (!inode || !links_may_hide(inode))
		return ALLOW;
	links_clear(q, dentry);
	q->rights = BAILIWICK_RIGHT_READ;
	q->operation = BAILIWICK_OP_RENAME;
	return links_judge_copy(q) == LINKS_CLOSED ? DENY : ALLOW;
}

/* An exchange comes here twice, the second time the other way round. */
SEC("lsm/inode_rename")
int BPF_PROG(bw_rename, struct inode *old_dir, struct dentry *old_dentry, struct inode *new_dir,
	     struct dentry *new_dentry)
{
	struct question q;
	int asked = question_open(&q);

	if (asked && (judge_move(&q, old_dentry, new_dentry) || judge_copy(&q, old_dentry)))
		return -EACCES;
	if (links_several_at((__u64)old_dentry))
		links_name(&q, old_dentry, new_dentry);
	else if (q.who.word && (dentry_mode((__u64)old_dentry) & S_IFMT) == S_IFDIR) {
		links_clear(&q, old_dentry);
		links_directory(&q, number_of(new_dentry));
	}
	return 0;
}
