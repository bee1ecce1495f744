// SPDX-License-Identifier: GPL-2.0-only
/* Quarantine for who runs a program, and for who sleeps. */
#include "question.bpf.h"
#include "quarantine.bpf.h"

/*
 * Nobody runs what is in quarantine, whatever a role says, a watched one's too.  An
 * interpreter that is comes further, and is met by subject_open() when it runs.
 */
static __always_inline int judge_quarantine(struct file *file)
{
	struct question q = {};

	if (!quarantine_bars(file_dentry_of((__u64)file)) || !subject_open(&q.who))
		return ALLOW;
	q.dentry = file_dentry_of((__u64)file);
	q.object = BAILIWICK_OBJECT_PATH;
	q.operation = BAILIWICK_OP_EXEC;
	q.reason = BAILIWICK_REASON_QUARANTINE;
	q.cell = BAILIWICK_CELL_PROTECTED;
	return settle(&q);
}

SEC("lsm/bprm_creds_for_exec")
int BPF_PROG(bw_exec_begin, struct linux_binprm *bprm)
{
	struct bw_task *t = bpf_task_storage_get(&bw_tasks, bpf_get_current_task_btf(), 0, 0);

	if (t)
		t->entering = 0;	/* of an exec that failed */
	if (judge_quarantine(bprm->file))
		return -EACCES;
	return 0;
}

/*
 * A new quarantine holds for who asks, and for who sleeps while what it is known by
 * goes away: the unit it is moved from, the process above it that ends.  So the
 * controller has every task marked once.  The task may do the same at this moment,
 * with the same answer.
 */
SEC("iter/task")
int bw_mark_tasks(struct bpf_iter__task *ctx)
{
	struct bailiwick_control *control = control_open();
	struct task_struct *task = ctx->task;
	struct subject who = {};
	struct bw_scratch *s;
	struct bw_task *t;
	__u64 marks = 0;
	__u32 room;

	if (!task || !control || task->flags & PF_KTHREAD || quarantine_spares(task))
		return 0;
	t = bpf_task_storage_get(&bw_tasks, task, 0, 0);
	if (!t) {
		subject_identify(&who, task);
		subject_note(&who, task);
		t = bpf_task_storage_get(&bw_tasks, task, 0, 0);
	}
	who.word = *(volatile __u64 *)&control->word;
	if (!who.word || !t || t->marked == who.word)
		return 0;
	room = scratch_claim();
	s = scratch_at(room);
	if (!s)
		return 1;		/* asked for the same once more */
	s->found = t->marks;
	s->marked = t->marked;
	s->starting = t->starting;
	if (!unit_find(room, 0, number_of(task)))
		marks = quarantine_find(room, number_of(task));
	scratch_release(room);
	t->marks = marks;
	t->marked = who.word;
	return 0;
}
