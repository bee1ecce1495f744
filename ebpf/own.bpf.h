/* SPDX-License-Identifier: GPL-2.0-only */
/* What is Bailiwick's own: the controller among tasks, its maps and programs. */
#ifndef BAILIWICK_OWN_BPF_H
#define BAILIWICK_OWN_BPF_H

#include "question.bpf.h"

#define INIT_PID 1

#define BW_CONTROLLER_SIZE 64

/* Set by the loader: canonical path of the controller's program, "" unknown. */
extern const volatile char bw_controller[BW_CONTROLLER_SIZE];
extern const volatile __u32 bw_controller_name;	/* bytes of its last component */

/*
 * The tasks that run the controller's program, as exec found it: what a task says
 * of itself later (PR_SET_MM_EXE_FILE) does not count.  Written at exec, and once
 * by the controller that loads the programs and so ran before them.
 */
struct bw_own_map {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u32);
};
extern struct bw_own_map bw_own SEC(".maps");

static __always_inline int is_controller(struct task_struct *task)
{
	return bpf_task_storage_get(&bw_own, task, 0, 0) != NULL;
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
