/* SPDX-License-Identifier: GPL-2.0-only */
/* A hook's three steps: open a question, say what is asked, judge it. */
#ifndef BAILIWICK_QUESTION_BPF_H
#define BAILIWICK_QUESTION_BPF_H

#include "emit.bpf.h"

enum {
	ALLOW,
	DENY,
};

/* Who asks.  0: nobody to judge (no policy, kernel thread, no role and nothing protected). */
static __always_inline int question_open(struct question *q)
{
	__builtin_memset(q, 0, sizeof(*q));
	if (!subject_open(&q->who))
		return 0;
	return q->who.row != BAILIWICK_ROW_UNCONFINED || q->who.protects;
}

/* The same for what no protected class can be about: a task without a role passes. */
static __always_inline int question_open_confined(struct question *q)
{
	__builtin_memset(q, 0, sizeof(*q));
	if (!subject_open(&q->who))
		return 0;
	return q->who.row != BAILIWICK_ROW_UNCONFINED;
}

/* BAILIWICK_RIGHT_* of q->rights (or of q->instead) on q->dentry; ALLOW or DENY. */
BW_ONCE int judge_object(struct question *q);

/*
 * One of BAILIWICK_NETOP_* in `any` towards q->endpoint, or, where `local` is
 * given, BAILIWICK_NETOP_BIND on that; ALLOW or DENY.
 */
BW_ONCE int judge_network(struct question *q, __u32 any, struct decide_endpoint *local);

/* One bit of the row's privileges; ALLOW or DENY. */
BW_ONCE int judge_privilege(struct question *q, __u32 bit);

/* The answer is no: mode, severity, record.  DENY, or ALLOW where the row only watches. */
BW_ONCE int settle(struct question *q);

static __always_inline int judge_dentry(struct question *q, struct dentry *dentry, __u32 rights)
{
	q->dentry = (__u64)dentry;
	q->rights = rights;
	return judge_object(q);
}

static __always_inline int judge_file(struct question *q, struct file *file, __u32 rights)
{
	q->dentry = file_dentry_of((__u64)file);
	q->rights = rights;
	return judge_object(q);
}

#endif
