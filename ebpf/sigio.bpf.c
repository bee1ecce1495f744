// SPDX-License-Identifier: GPL-2.0-only
/* Signals that files send: who gets them is said by fcntl(2), and task_kill is not asked. */
#include "own.bpf.h"

#define F_SETOWN 8
#define F_SETOWN_EX 15
#define PID_LEVELS 32

/* A process's number where it lives itself. */
static __always_inline __u32 number_within(struct task_struct *task)
{
	__u64 pid = number_of(task->thread_pid);
	__u32 level = READ_U32(pid, struct pid, level) & (PID_LEVELS - 1);

	return READ_U32(pid + level * bpf_core_type_size(struct upid), struct pid, numbers[0].nr);
}

static __always_inline int is_self(__u32 number)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return number == number_within(task) || number == number_within(task->group_leader);
}

/*
 * Any signal to any process, whenever the file has something to say.  To oneself is
 * everybody's; to whom F_SETOWN_EX sends stands in memory that may change meanwhile.
 */
SEC("lsm/file_fcntl")
int BPF_PROG(bw_fcntl, struct file *file, unsigned int cmd, unsigned long arg)
{
	struct question q;

	if (cmd != F_SETOWN && cmd != F_SETOWN_EX)
		return 0;
	if (!question_open_confined(&q))
		return 0;
	if (cmd == F_SETOWN && (!arg || is_self(arg)))
		return 0;
	if (judge_privilege(&q, BAILIWICK_PRIVILEGE_PTRACE_BIT))
		return -EACCES;
	return 0;
}

/* Comes in whichever task made the file ready, so nobody is told of it. */
SEC("lsm/file_send_sigiotask")
int BPF_PROG(bw_sigio, struct task_struct *tsk)
{
	if (is_controller(tsk))
		return -EPERM;
	return 0;
}
