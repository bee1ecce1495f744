// SPDX-License-Identifier: GPL-2.0-only
/* The names of an inode that are in memory. */
#include "alias.bpf.h"
#include "object.bpf.h"

#define ALIASES_MAX 4096		/* looked through; some are of removed names */

struct aliases {
	struct bw_scratch *s;
	__u32 room;
	__u64 inode;
	__u64 node;		/* list element looked at */
};

/*
 * fs/overlayfs/ovl_entry.h, struct ovl_inode: behind the inode stands the dentry of its
 * copy above, NULL until it is copied.  The layout is a module's, so what stands there has
 * to look like that dentry: of another filesystem, with an inode of this one's type.
 */
BW_ONCE __u64 alias_copy(__u64 inode)
{
	__u64 dentry = read_word((const void *)(inode + bpf_core_type_size(struct inode)));
	__u64 copy = READ_PTR(dentry, struct dentry, d_inode);
	__u64 super = READ_PTR(dentry, struct dentry, d_sb);

	if (!copy || READ_PTR(copy, struct inode, i_sb) != super ||
	    READ_PTR(inode, struct inode, i_sb) == super ||
	    (inode_mode(copy) ^ inode_mode(inode)) & S_IFMT)
		return 0;
	return copy;
}

/* Judged once: in the loop over the list it would be gone through for every element. */
BW_ONCE int alias_is_known(__u32 room, __u64 dentry)
{
	struct bw_scratch *s = scratch_at(room);
	__u32 j;

	for (j = 0; s && j < BW_NAMES_MAX; j++) {
		if (j >= s->names)
			break;
		if (s->alias[j] == dentry)
			return 1;
	}
	return 0;
}

/*
 * One dentry of the inode.  The list is read without its lock: an element that is not
 * the inode's, or comes twice, tells that it changed.
 */
static long alias_step(__u32 i, struct aliases *c)
{
	struct bw_scratch *s = c->s;
	__u64 dentry = c->node - bpf_core_field_offset(struct dentry, d_u.d_alias);

	if (!c->node)
		return 1;
	c->node = READ_PTR(c->node, struct hlist_node, next);
	s->torn = 1;
	if (READ_PTR(dentry, struct dentry, d_inode) != c->inode)
		return 1;
	if (alias_is_known(c->room, dentry))
		return 1;
	s->torn = 0;
	if (!READ_PTR(dentry, struct dentry, d_hash.pprev) ||
	    READ_PTR(dentry, struct dentry, d_parent) == dentry)
		return 0;		/* removed, or opened by a handle: no name */
	if (s->names >= BW_NAMES_MAX) {
		s->torn = 1;
		return 1;
	}
	s->alias[s->names & (BW_NAMES_MAX - 1)] = dentry;
	s->names++;
	return 0;
}

BW_ONCE int names_find(__u32 room, __u64 dentry)
{
	__u64 inode = READ_PTR(dentry, struct dentry, d_inode);
	struct bw_scratch *s = scratch_at(room);
	struct aliases c = {
		.s = s,
		.room = room,
		.inode = inode,
		.node = READ_PTR(inode, struct inode, i_dentry.first),
	};

	if (!s)
		return 0;
	key_of(&s->names_key, inode);
	s->names = 0;
	s->torn = 0;
	bpf_loop(ALIASES_MAX, alias_step, &c, 0);
	return !c.node && !s->torn && s->names >= READ_U32(inode, struct inode, i_nlink);
}
