// SPDX-License-Identifier: GPL-2.0-only
/* What is known about a file: attributes, extended attributes, its size. */
#include "own.bpf.h"

/* The hook's arguments moved when idmapped mounts came to it. */
#define SETATTR_HAS_IDMAP (LINUX_KERNEL_VERSION >= KERNEL_VERSION(6, 9, 0))

#define ATTR_MODE (1 << 0)
#define ATTR_UID (1 << 1)
#define ATTR_GID (1 << 2)
#define ATTR_SIZE (1 << 3)
#define ATTR_ATIME_SET (1 << 7)
#define ATTR_MTIME_SET (1 << 8)
#define ATTR_FORCE (1 << 9)

static __always_inline int judge_one(struct dentry *dentry, __u32 rights, __u32 instead)
{
	struct question q;

	if (!question_open(&q))
		return ALLOW;
	q.instead = instead;
	return judge_dentry(&q, dentry, rights);
}

/*
 * A new size is a write.  What the kernel forces (clearing set-id bits) comes
 * with a write that was judged; times set "to now" need no more than writing.
 */
static __always_inline int judge_setattr(struct dentry *dentry, struct iattr *attr)
{
	__u32 valid = READ_U32((__u64)attr, struct iattr, ia_valid);

	if (valid & ATTR_SIZE)
		return judge_one(dentry, BAILIWICK_RIGHT_WRITE, 0);
	if (valid & ATTR_FORCE)
		return ALLOW;
	if (!(valid & (ATTR_MODE | ATTR_UID | ATTR_GID | ATTR_ATIME_SET | ATTR_MTIME_SET)))
		return judge_one(dentry, BAILIWICK_RIGHT_SETATTR, BAILIWICK_RIGHT_WRITE);
	return judge_one(dentry, BAILIWICK_RIGHT_SETATTR, 0);
}

SEC("lsm/inode_setattr")
int bw_setattr(unsigned long long *ctx)
{
	int denied;

	if (SETATTR_HAS_IDMAP)
		denied = judge_setattr((struct dentry *)ctx[1], (struct iattr *)ctx[2]);
	else
		denied = judge_setattr((struct dentry *)ctx[0], (struct iattr *)ctx[1]);
	if (denied)
		return -EACCES;
	return 0;
}

SEC("lsm/path_truncate")
int BPF_PROG(bw_path_trunc, struct path *path)
{
	if (judge_one(path->dentry, BAILIWICK_RIGHT_WRITE, 0))
		return -EACCES;
	return 0;
}

SEC("lsm/file_truncate")
int BPF_PROG(bw_file_trunc, struct file *file)
{
	struct question q;

	if (!question_open(&q))
		return 0;
	if (judge_file(&q, file, BAILIWICK_RIGHT_WRITE))
		return -EACCES;
	return 0;
}

/* A program of its own: it runs for every stat. */
SEC("lsm/inode_getattr")
int BPF_PROG(bw_getattr, struct path *path)
{
	if (judge_one(path->dentry, BAILIWICK_RIGHT_STAT, 0))
		return -EACCES;
	return 0;
}

SEC("lsm/inode_setxattr")
int BPF_PROG(bw_setxattr, void *idmap, struct dentry *dentry)
{
	if (judge_one(dentry, BAILIWICK_RIGHT_XATTR, 0))
		return -EACCES;
	return 0;
}

SEC("lsm/inode_removexattr")
int BPF_PROG(bw_removexattr, void *idmap, struct dentry *dentry)
{
	if (judge_one(dentry, BAILIWICK_RIGHT_XATTR, 0))
		return -EACCES;
	return 0;
}

SEC("lsm/inode_getxattr")
int BPF_PROG(bw_getxattr, struct dentry *dentry)
{
	if (judge_one(dentry, BAILIWICK_RIGHT_XATTR, BAILIWICK_RIGHT_STAT))
		return -EACCES;
	return 0;
}

/* By this call the controller says that all names of a file are in memory (links.bpf.h). */
SEC("lsm/inode_listxattr")
int BPF_PROG(bw_listxattr, struct dentry *dentry)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (is_controller(task)) {
		/* An overlay asks for the file below once more, as its mounter. */
		if (task->cred == task->real_cred && links_ask(dentry))
			return -EACCES;
		return 0;
	}
	if (judge_one(dentry, BAILIWICK_RIGHT_XATTR, BAILIWICK_RIGHT_STAT))
		return -EACCES;
	return 0;
}

/* The text of a symbolic link is content.  Those of /proc are judged where they lead. */
SEC("lsm/inode_readlink")
int BPF_PROG(bw_readlink, struct dentry *dentry)
{
	if (READ_PTR(READ_PTR((__u64)dentry, struct dentry, d_sb), struct super_block, s_magic) ==
	    PROC_MAGIC)
		return 0;
	if (judge_one(dentry, BAILIWICK_RIGHT_READ, BAILIWICK_RIGHT_STAT))
		return -EACCES;
	return 0;
}

/* Access control lists have hooks of their own since 6.2; before, they are xattrs. */
SEC("lsm/inode_set_acl")
int BPF_PROG(bw_set_acl, void *idmap, struct dentry *dentry)
{
	if (judge_one(dentry, BAILIWICK_RIGHT_XATTR, 0))
		return -EACCES;
	return 0;
}

SEC("lsm/inode_remove_acl")
int BPF_PROG(bw_remove_acl, void *idmap, struct dentry *dentry)
{
	if (judge_one(dentry, BAILIWICK_RIGHT_XATTR, 0))
		return -EACCES;
	return 0;
}

SEC("lsm/inode_get_acl")
int BPF_PROG(bw_get_acl, void *idmap, struct dentry *dentry)
{
	if (judge_one(dentry, BAILIWICK_RIGHT_XATTR, BAILIWICK_RIGHT_STAT))
		return -EACCES;
	return 0;
}
