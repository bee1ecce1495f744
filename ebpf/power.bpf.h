/* SPDX-License-Identifier: GPL-2.0-only */
/* What one task may do to another: power over it, and influence on it. */
#ifndef BAILIWICK_POWER_BPF_H
#define BAILIWICK_POWER_BPF_H

#include "own.bpf.h"

#define NO_PRIVILEGE 32		/* of judge_power(): dominance alone */

/*
 * The controller is more than a task without a role: nobody reaches into it but
 * init, which must be able to stop what it started.
 */
static __always_inline int is_beyond(struct question *q, struct task_struct *over)
{
	return is_controller(over) && !is_controller(bpf_get_current_task_btf()) &&
	       (q->who.row || bpf_get_current_pid_tgid() >> 32 != INIT_PID);
}

/* Doing to another what only a row that holds all its rights may do. */
static __always_inline int judge_power(struct question *q, struct task_struct *over,
				       __u32 operation, __u32 privilege)
{
	image_t image = image_open(q->who.word);
	__u32 other;

	if (is_beyond(q, over))
		return refuse_protected(q, operation, BAILIWICK_ROW_UNCONFINED);
	other = subject_row_of(&q->who, over);

	if (!image)
		return DENY;
	if (other == q->who.row || decide_dominates(image, q->who.row, other))
		return ALLOW;
	if (privilege < NO_PRIVILEGE && q->who.row && decide_privilege(image, q->who.row, privilege))
		return ALLOW;
	q->operation = operation;
	q->number = other;
	q->reason = BAILIWICK_REASON_POLICY;
	return settle(q);
}

/*
 * What disturbs another task and shows nothing of it: signals, limits, priority.
 * Tasks without a role may do that to everybody but the controller.
 */
static __always_inline int judge_sway(struct task_struct *over, __u32 operation)
{
	struct question q;

	if (over->tgid == (int)(bpf_get_current_pid_tgid() >> 32) || !question_open(&q))
		return ALLOW;
	if (!q.who.row && !is_beyond(&q, over))
		return ALLOW;
	return judge_power(&q, over, operation, NO_PRIVILEGE);
}

#endif
