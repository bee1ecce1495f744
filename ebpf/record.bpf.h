/* SPDX-License-Identifier: GPL-2.0-only */
/* The strings of a denial's record. */
#ifndef BAILIWICK_RECORD_BPF_H
#define BAILIWICK_RECORD_BPF_H

#include "emit.bpf.h"

#define RECORD_MASK (4 * BAILIWICK_PATH_MAX - 1)	/* where a string may begin */
#define STRING_MASK (BAILIWICK_PATH_MAX - 1)		/* how long it may be */

/* Put a string behind the record; returns its size. */
static __always_inline __u32 append(struct bw_scratch *s, __u32 at, const void *from, __u32 size)
{
	__u64 bytes = BOUNDED(size, STRING_MASK);

	bpf_probe_read_kernel(s->record + BOUNDED(at, RECORD_MASK), bytes, from);
	return bytes;
}

static __always_inline __u32 append_path(struct bw_scratch *s, __u32 room, __u32 at,
					 __u64 dentry)
{
	object_path(room, dentry);
	return append(s, at, s->path + BOUNDED(s->path_at, 2 * BAILIWICK_PATH_MAX - 1),
		      BAILIWICK_PATH_MAX - s->path_at);
}

static __always_inline __u32 append_object(struct bw_scratch *s, __u32 room,
					   __u32 at, const struct question *q)
{
	struct bailiwick_denial *d = (struct bailiwick_denial *)s->record;
	__u64 inode;

	if (q->object == BAILIWICK_OBJECT_NAME) {
		__u32 size = append(s, at, (const void *)q->name, q->name_size);

		s->record[BOUNDED(at, RECORD_MASK)] = '@';
		return size;
	}
	if (q->object != BAILIWICK_OBJECT_PATH)
		return 0;
	inode = READ_PTR(q->dentry, struct dentry, d_inode);
	if (inode)
		d->inode = READ_PTR(inode, struct inode, i_ino);
	d->device = READ_U32(READ_PTR(q->dentry, struct dentry, d_sb), struct super_block, s_dev);
	at = append_path(s, room, at, q->dentry);
	if (s->path_cut)
		d->flags |= BAILIWICK_DENIAL_PATH_CUT;
	return at;
}

#endif
