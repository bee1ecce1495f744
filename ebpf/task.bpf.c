// SPDX-License-Identifier: GPL-2.0-only
/* Tasks among themselves: fork, tracing, signals. */
#include "power.bpf.h"
#include "quarantine.bpf.h"

#define PTRACE_MODE_NOAUDIT 4
#define SEND_SIG_PRIV 1
#define CLONE_INTO_CGROUP 0x200000000ull

/* A task with a role does not choose a unit for its child: that would choose a role. */
static __always_inline int judge_birthplace(void)
{
	struct question q;

	if (!question_open_confined(&q))
		return ALLOW;
	q.operation = BAILIWICK_OP_TRANSITION;
	q.reason = BAILIWICK_REASON_POLICY;
	return settle(&q);
}

/* Who the parent was when its descriptors, which the child has too, were looked at. */
static __always_inline void inherit(struct bw_task *to, const struct bw_task *from,
				    struct task_struct *parent)
{
	struct subject now;

	if (!from) {
		subject_identify(&now, parent);
		to->cgroup = now.cgroup;
		to->login_uid = now.login_uid;
		to->uid = now.uid;
		return;
	}
	to->entered = from->entered;
	to->starting = from->starting;
	to->cgroup = from->cgroup;
	to->login_uid = from->login_uid;
	to->uid = from->uid;
	to->row = from->row;
	to->word = from->word;
	to->was = from->was;
	to->changed = from->changed;
	to->unsure = from->unsure;
	to->marks = from->marks;
	to->marked = from->marked;
}

/* The child has its parent's marks: those of now, should the parent not have asked yet. */
static __always_inline void settle_marks(void)
{
	struct bailiwick_control *control = control_open();
	struct subject who;

	if (control && control->quarantined)
		subject_open(&who);
}

/*
 * What the controller forks without running another program holds its maps and works for
 * it: whoever could reach into that would be the controller.  The next exec ends it.
 */
static __always_inline int inherit_own(struct task_struct *task, struct task_struct *parent)
{
	__u32 one = 1;

	return is_controller(parent) &&
	       !bpf_task_storage_get(&bw_own, task, &one, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

/* A child is who its parent is, from its first instruction on. */
SEC("lsm/task_alloc")
int BPF_PROG(bw_fork, struct task_struct *task, unsigned long clone_flags)
{
	struct task_struct *parent = bpf_get_current_task_btf();
	struct bw_task *from, *to;
	int by_init = parent->tgid == INIT_PID;

	if (clone_flags & CLONE_INTO_CGROUP && judge_birthplace())
		return -EACCES;
	if (inherit_own(task, parent))
		return -ENOMEM;
	settle_marks();
	from = bpf_task_storage_get(&bw_tasks, parent, 0, 0);
	to = bpf_task_storage_get(&bw_tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!to && !by_init && (!from || (!from->entered && !from->starting && !from->marks)))
		return 0;		/* it finds out who it is */
	if (!to)
		return -ENOMEM;		/* a child without its role would be free of it */
	inherit(to, from, parent);
	if (by_init) {
		to->word = 0;
		to->starting = 1;
	}
	return 0;
}

SEC("lsm/ptrace_access_check")
int BPF_PROG(bw_ptrace, struct task_struct *child, unsigned int mode)
{
	struct question q;

	if (child->tgid == (int)(bpf_get_current_pid_tgid() >> 32) || !question_open(&q))
		return 0;
	q.quiet = !!(mode & PTRACE_MODE_NOAUDIT);
	if (judge_power(&q, child, BAILIWICK_OP_PTRACE, BAILIWICK_PRIVILEGE_PTRACE_BIT))
		return -EACCES;
	return 0;
}

/* The child asks to be traced: it is its parent that gains power over it. */
SEC("lsm/ptrace_traceme")
int BPF_PROG(bw_traceme, struct task_struct *parent)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct question q;

	__builtin_memset(&q, 0, sizeof(q));
	if (!subject_open(&q.who))
		return 0;
	q.who.row = subject_row_of(&q.who, parent);
	if (!q.who.row && !q.who.protects)
		return 0;
	if (judge_power(&q, task, BAILIWICK_OP_PTRACE, BAILIWICK_PRIVILEGE_PTRACE_BIT))
		return -EACCES;
	return 0;
}

/*
 * Signal 0 asks whether a process exists, a continued one lost nothing, and the
 * kernel's own signals (a terminal's ^C) are nobody's.
 */
SEC("lsm/task_kill")
int BPF_PROG(bw_signal, struct task_struct *p, struct kernel_siginfo *info, int sig)
{
	if (!sig || sig == 18 || (__u64)info == SEND_SIG_PRIV)
		return 0;
	if (judge_sway(p, BAILIWICK_OP_SIGNAL))
		return -EPERM;
	return 0;
}
