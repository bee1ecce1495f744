/* SPDX-License-Identifier: GPL-2.0-only */
/* Looking through what tasks hold open: whose row, may it, and the record of a no. */
#ifndef BAILIWICK_OPEN_BPF_H
#define BAILIWICK_OPEN_BPF_H

#include "file.bpf.h"

#include <bailiwick/open.h>

/*
 * Whose row a task iterator resolved last.  Each session has its own place for as long
 * as SCANS others begin beside it: two that look at once must not mix their answers.
 */
#define SCANS 64
struct bw_scan {
	__u64 session;			/* of the iterator */
	__u64 task;
	__u64 begun;			/* the task's start: an address alone may come back */
	__u64 word;			/* the row holds for this image, */
	__u64 cgroup;			/* and this identity */
	__u32 login_uid;
	__u32 uid;
	__u32 row;
	__u32 reserved;
};

struct bw_scan_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SCANS);
	__type(key, __u32);
	__type(value, struct bw_scan);
};
extern struct bw_scan_map bw_scan SEC(".maps");

#define OPEN_RECORD_MASK (2 * BAILIWICK_PATH_MAX - 1)

/*
 * The question stands in the room, behind the record: the stack is too small for it.
 * Where no room is free the iterator is asked for the same once more.
 */
#define OPEN_AGAIN 1

static __always_inline struct question *open_question(struct bw_scratch *s, __u32 number)
{
	struct question *q = (struct question *)(s->record + 4 * BAILIWICK_PATH_MAX + number * 512);

	__builtin_memset(q, 0, sizeof(*q));
	return q;
}
BAILIWICK_ASSERT("a question fits", sizeof(struct question) <= 512);

/*
 * Whom the iterator is about: the row of a task, as the next hook would find it.
 * 0 where there is nothing to judge.
 */
BW_SHARED int open_subject(struct question *q, struct task_struct *task, __u64 session);

/*
 * Does the row of `task` lack q->rights (and q->instead) on q->dentry?  Nothing is
 * counted or told.  The claimed room keeps the walk.
 */
BW_ONCE int open_lacks(struct question *q, __u64 task, __u32 room);

/* A record in the room, with who holds it. */
static __always_inline struct bailiwick_open *open_record(struct bw_scratch *s,
							   const struct question *q,
							   struct task_struct *task, __u32 kind)
{
	struct bailiwick_open *o = (struct bailiwick_open *)s->record;

	__builtin_memset(o, 0, sizeof(*o));
	o->size = sizeof(*o);
	o->kind = kind;
	o->pid = task->tgid;
	o->tid = task->pid;
	o->begun = task->group_leader->start_boottime;
	o->row = q->who.row;
	o->login_uid = q->who.login_uid;
	o->uid = q->who.uid;
	bpf_probe_read_kernel(o->comm, sizeof(o->comm), task->comm);
	return o;
}

/* The object of the question, and its path behind the record. */
static __always_inline void open_name(struct bw_scratch *s, struct bailiwick_open *o,
				      const struct question *q, __u32 room)
{
	__u64 inode = READ_PTR(q->dentry, struct dentry, d_inode);
	__u64 size;

	if (inode)
		o->inode = READ_PTR(inode, struct inode, i_ino);
	o->device = READ_U32(READ_PTR(q->dentry, struct dentry, d_sb), struct super_block, s_dev);
	o->label = q->label;
	o->denied = q->denied;
	object_path(room, q->dentry);
	size = BOUNDED(BAILIWICK_PATH_MAX - s->path_at, BAILIWICK_PATH_MAX - 1);
	bpf_probe_read_kernel(s->record + sizeof(*o), size,
			      s->path + BOUNDED(s->path_at, 2 * BAILIWICK_PATH_MAX - 1));
	o->path_size = size;
	o->size += size;
	if (s->path_cut)
		o->flags |= BAILIWICK_OPEN_PATH_CUT;
}

#define RING_NAME 0x6e6972755f6f695bull	/* "[io_urin", g] follows */

/*
 * Files registered with a ring are in no table once they are closed there, so while a
 * ring keeps some nothing is proved.  Its file is known by its name.
 */
static __always_inline int ring_keeps_files(struct file *file)
{
	__u64 ring = READ_PTR((__u64)file, struct file, private_data), name;

	name = READ_PTR(READ_PTR((__u64)file, struct file, f_path.dentry), struct dentry,
			d_name.name);
	if (read_word((void *)name) != RING_NAME)
		return 0;
	return !bpf_core_field_exists(struct io_ring_ctx, nr_user_files) ||
	       READ_U32(ring, struct io_ring_ctx, nr_user_files);
}

/* What may be forbidden without a look being able to tell: each use is judged. */
static __always_inline __u32 stays_judged(struct file *file, __u64 dentry)
{
	if (ring_keeps_files(file))
		return BAILIWICK_OPEN_RING;
	/* The kernel comes to use a disk without a word, and so does a role lose the privilege. */
	return (dentry_mode(dentry) & S_IFMT) == S_IFBLK ? BAILIWICK_OPEN_DISK : BAILIWICK_OPEN_NONE;
}

#define OPEN_WRITE(ctx, s, o) \
	bpf_seq_write((ctx)->meta->seq, (s)->record, BOUNDED((o)->size, OPEN_RECORD_MASK))

#endif
