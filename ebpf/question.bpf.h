/* SPDX-License-Identifier: GPL-2.0-only */
/* A hook's three steps: open a question, say what is asked, judge it. */
#ifndef BAILIWICK_QUESTION_BPF_H
#define BAILIWICK_QUESTION_BPF_H

#include "known.bpf.h"

enum {
	ALLOW,
	DENY,
};

/* All but who asks: who has nothing to be judged for does not pay for it. */
static __always_inline void question_clear(struct question *q)
{
	__builtin_memset((void *)q + sizeof(q->who), 0, sizeof(*q) - sizeof(q->who));
}

/* Who asks.  0: nobody to judge (no policy, kernel thread, no role and nothing protected). */
static __always_inline int question_open(struct question *q)
{
	__builtin_memset(&q->who, 0, sizeof(q->who));
	if (!subject_open(&q->who) ||
	    (q->who.row == BAILIWICK_ROW_UNCONFINED && !q->who.protects))
		return 0;
	question_clear(q);
	return 1;
}

/* The same for what no protected class can be about: a task without a role passes. */
static __always_inline int question_open_confined(struct question *q)
{
	__builtin_memset(&q->who, 0, sizeof(q->who));
	if (!subject_open(&q->who) || q->who.row == BAILIWICK_ROW_UNCONFINED)
		return 0;
	question_clear(q);
	return 1;
}

/* BAILIWICK_RIGHT_* of q->rights (or of q->instead) on q->dentry; ALLOW or DENY. */
BW_ONCE int judge_object(struct question *q);

/*
 * One of BAILIWICK_NETOP_* in `any` towards q->endpoint, or, where `local` is
 * given, BAILIWICK_NETOP_BIND on that and _ACCEPT for the peer at its port; ALLOW or DENY.
 */
BW_ONCE int judge_network(struct question *q, __u32 any, struct decide_endpoint *local);

/* One bit of the row's privileges; ALLOW or DENY. */
BW_ONCE int judge_privilege(struct question *q, __u32 bit);

/* The answer is no: mode, severity, record.  DENY, or ALLOW where the row only watches. */
BW_ONCE int settle(struct question *q);

/*
 * The same on a dentry the kernel holds for the hook, by what is remembered of it
 * where that is enough.  `keep`: its label is worth remembering, too.
 */
static __always_inline int judge_held(struct question *q, struct dentry *dentry, int keep)
{
	int answer;

	q->dentry = (__u64)dentry;
	switch (known_judge(q, dentry)) {
	case KNOWN_BELOW:
		if (keep)
			known_keep(q, dentry, 1);
		return ALLOW;
	case KNOWN_ALLOW:
		return ALLOW;
	case KNOWN_DENY:
		return DENY;
	}
	answer = judge_object(q);
	known_keep(q, dentry, keep);
	return answer;
}

static __always_inline int judge_dentry(struct question *q, struct dentry *dentry, __u32 rights)
{
	q->rights = rights;
	return judge_held(q, dentry, 1);
}

/* The file's own dentry; of the file below a stacked one, the path its user opened. */
static __always_inline int judge_opened(struct question *q, struct file *file)
{
	if (!file_is_backing(file))
		return judge_held(q, file->f_path.dentry, !(file->f_mode & FMODE_CREATED));
	q->dentry = file_dentry_of((__u64)file);
	return judge_object(q);
}

static __always_inline int judge_file(struct question *q, struct file *file, __u32 rights)
{
	q->rights = rights;
	return judge_opened(q, file);
}

#endif
