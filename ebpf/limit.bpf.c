// SPDX-License-Identifier: GPL-2.0-only
/*
 * What another task gets of the machine: a limit of processor time or of a file's size
 * kills, a lowest priority beside a busy loop stops.
 */
#include "power.bpf.h"

/* prlimit(2) that sets; the kernel holds the lock of the task meanwhile. */
SEC("lsm/task_setrlimit")
int BPF_PROG(bw_setrlimit, struct task_struct *p)
{
	if (judge_sway(p, BAILIWICK_OP_LIMIT))
		return -EPERM;
	return 0;
}

/* Policy, real-time priority, processors; a control group's processors, too. */
SEC("lsm/task_setscheduler")
int BPF_PROG(bw_setscheduler, struct task_struct *p)
{
	if (judge_sway(p, BAILIWICK_OP_LIMIT))
		return -EPERM;
	return 0;
}

SEC("lsm/task_setnice")
int BPF_PROG(bw_setnice, struct task_struct *p)
{
	if (judge_sway(p, BAILIWICK_OP_LIMIT))
		return -EPERM;
	return 0;
}

SEC("lsm/task_setioprio")
int BPF_PROG(bw_setioprio, struct task_struct *p)
{
	if (judge_sway(p, BAILIWICK_OP_LIMIT))
		return -EPERM;
	return 0;
}
