/* SPDX-License-Identifier: GPL-2.0-only */
/* What is Bailiwick's own: the controller among tasks, its maps and programs. */
#ifndef BAILIWICK_OWN_BPF_H
#define BAILIWICK_OWN_BPF_H

#include "owner.bpf.h"
#include "question.bpf.h"

#define INIT_PID 1

#define BW_CONTROLLER_SIZE 64

/* Set by the loader: canonical path of the controller's program, "" unknown. */
extern const volatile char bw_controller[BW_CONTROLLER_SIZE];
extern const volatile __u32 bw_controller_name;	/* bytes of its last component */

static __always_inline int is_controller(struct task_struct *task)
{
	return bpf_task_storage_get(&bw_own, task, 0, 0) != NULL;
}

/*
 * 1 when this task, which has no role, may do what its row may not: the controller to
 * Bailiwick's own, init and the child it is making to control groups.
 */
BW_ONCE int own_may(__u32 cell, __u64 dentry);

/* 1 when whoever has no role could have changed this file. */
BW_ONCE int own_is_open(__u64 word, __u64 dentry);

/*
 * Looking for the names of files it must see all directories: names and attributes alone,
 * and only as root, as whom none of it speaks to a network.
 */
static __always_inline int own_may_look(__u32 rights)
{
	return !(rights & ~(BAILIWICK_RIGHT_LIST | BAILIWICK_RIGHT_STAT)) &&
	       !(__u32)bpf_get_current_uid_gid() && is_controller(bpf_get_current_task_btf());
}

static __always_inline int is_init(void)
{
	return bpf_get_current_pid_tgid() >> 32 == INIT_PID;
}

/* What no row and no task without a role may do while a class is protected. */
static __always_inline int refuse_protected(struct question *q, __u32 operation, __u32 number)
{
	q->operation = operation;
	q->number = number;
	q->reason = BAILIWICK_REASON_PROTECTED;
	q->cell = BAILIWICK_CELL_PROTECTED;
	return settle(q);
}

#endif
