/* SPDX-License-Identifier: GPL-2.0-only */
/* A hook's three steps: open a question, say what is asked, judge it. */
#ifndef BAILIWICK_QUESTION_BPF_H
#define BAILIWICK_QUESTION_BPF_H

#include "known.bpf.h"
#include "links.bpf.h"

enum {
	ALLOW,
	DENY,
};

/* All but who asks: who has nothing to be judged for does not pay for it. */
static __always_inline void question_clear(struct question *q)
{
	__builtin_memset((void *)q + sizeof(q->who), 0, sizeof(*q) - sizeof(q->who));
}

/*
 * Who asks, and nothing else of the question.  0: nobody to judge (no policy, kernel
 * thread, no role and nothing protected).
 */
static __always_inline int question_who(struct question *q)
{
	__builtin_memset(&q->who, 0, sizeof(q->who));
	return subject_open(&q->who) &&
	       (q->who.row != BAILIWICK_ROW_UNCONFINED || q->who.protects);
}

static __always_inline int question_open(struct question *q)
{
	if (!question_who(q))
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

/* The same where the remembered label of q->dentry denies and its like was not told. */
BW_ONCE int settle_known(struct question *q);

/*
 * The same on a dentry the kernel holds for the hook, by what is remembered of it
 * where that is enough.  `keep`: its label is worth remembering, too.
 */
static __always_inline int judge_held(struct question *q, struct dentry *dentry, int keep)
{
	struct inode *inode;
	int answer, several;

	q->dentry = (__u64)dentry;
	answer = known_judge(q, dentry);
	if (answer == KNOWN_ALLOW)
		return ALLOW;
	if (answer == KNOWN_DENY)
		return DENY;
	if (answer == KNOWN_CLOSED)
		return settle_known(q);
	inode = dentry->d_inode;
	several = inode && links_others(inode);
	if (answer == KNOWN_BELOW && !several) {
		if (keep)
			known_keep(q, dentry, 1);
		return ALLOW;
	}
	answer = answer == KNOWN_BELOW ? ALLOW : judge_object(q);
	if (several) {
		int all = answer ? LINKS_DIFFER : links_judge(q);

		answer |= all == LINKS_CLOSED;
		keep &= all == LINKS_ALIKE;
	}
	known_keep(q, dentry, keep);
	/* What was noted meanwhile is seen here, or forgets what was just kept. */
	if (several && keep && links_noted(number_of(dentry)))
		links_forget(inode);
	return answer;
}

/* An object that is a number here, and its other names. */
static __always_inline int judge_far(struct question *q)
{
	if (judge_object(q))
		return DENY;
	return links_others_at(q->dentry) && links_judge(q) == LINKS_CLOSED ? DENY : ALLOW;
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
	return judge_far(q);
}

static __always_inline int judge_file(struct question *q, struct file *file, __u32 rights)
{
	q->rights = rights;
	return judge_opened(q, file);
}

#endif
