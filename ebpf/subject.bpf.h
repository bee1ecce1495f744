/* SPDX-License-Identifier: GPL-2.0-only */
/* Who asks: task -> row. */
#ifndef BAILIWICK_SUBJECT_BPF_H
#define BAILIWICK_SUBJECT_BPF_H

#include "recheck.bpf.h"
#include "running.bpf.h"

/* A task's row under the policy in force, and what it was decided from. */
struct subject {
	__u64 word;			/* control word, loaded once per question */
	__u64 cgroup;			/* kernfs id */
	__u32 row;
	__u32 protects;			/* 1: the image has a protected label */
	union {
		struct {
			__u32 login_uid;
			__u32 uid;	/* real */
		};
		__u64 uids;
	};
};

/*
 * Who current is.  0 when there is nothing to judge: no policy is in force, or a
 * kernel thread asks; 1 otherwise, with *ret filled.
 */
BW_ONCE int subject_open(struct subject *ret);

/* What a task's row is decided from. */
static __always_inline void subject_identify(struct subject *who, struct task_struct *task)
{
	who->cgroup = task->cgroups->dfl_cgrp->kn->id;
	who->login_uid = task->loginuid.val;
	who->uid = task->real_cred->uid.val;
}

/* 1 when the row found for the task is that of who it is now. */
static __always_inline int subject_is_still(const struct bw_task *t, const struct subject *now)
{
	return t && t->word == now->word && t->cgroup == now->cgroup &&
	       t->login_uid == now->login_uid && t->uid == now->uid;
}

/* How often a task left a processor. */
static __always_inline __u64 running_switches(struct task_struct *task)
{
	return *(volatile __u64 *)&task->nvcsw + *(volatile __u64 *)&task->nivcsw;
}

/* 1 with the row, where current is who ran here last and is who it was. */
static __always_inline int running_is(struct subject *who, struct task_struct *task,
				      __u64 switches)
{
	__u32 zero = 0;
	struct bw_running *now = bpf_map_lookup_elem(&bw_running, &zero);

	if (!now || now->task != (__u64)task || now->switches != switches ||
	    now->begun != task->start_boottime || now->word != who->word ||
	    now->cgroup != who->cgroup || now->uids != who->uids)
		return 0;
	who->row = now->row;
	barrier();
	return running_switches(task) == switches;
}

/* Remember who current is, as found while it had left a processor so often. */
static __always_inline void running_note(const struct subject *who, struct task_struct *task,
					 __u64 switches)
{
	__u32 zero = 0;
	struct bw_running *now = bpf_map_lookup_elem(&bw_running, &zero);

	if (!now || __sync_lock_test_and_set(&now->busy, 1))
		return;
	now->task = 0;
	barrier();
	now->begun = task->start_boottime;
	now->switches = switches;
	now->word = who->word;
	now->cgroup = who->cgroup;
	now->uids = who->uids;
	now->row = who->row;
	barrier();
	now->task = (__u64)task;
	barrier();
	now->busy = 0;
}

/* The row of any task under the policy of `who`; never remembered. */
BW_SHARED __u32 subject_row_of(struct subject *who, struct task_struct *task);

/* The same without finding out: the built-in `none` where it is not known of who it is now. */
BW_SHARED __u32 subject_row_known(struct subject *who, struct task_struct *task);

/* A task nothing is known of: who it is now is what a later change is told from. */
BW_SHARED int subject_note(const struct subject *who, struct task_struct *task);

/* 1 when current is in quarantine, as found when its row last was. */
static __always_inline int subject_is_marked(void)
{
	const struct bw_task *t =
		bpf_task_storage_get(&bw_tasks, bpf_get_current_task_btf(), 0, 0);

	return t && t->marks;
}

/* What is known of a task, made where it is not there yet; NULL without memory. */
static __always_inline struct bw_task *subject_storage(struct task_struct *task)
{
	struct bw_task *t = bpf_task_storage_get(&bw_tasks, task, 0, 0);

	if (!t)
		t = bpf_task_storage_get(&bw_tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	return t;
}

static __always_inline void recheck_want(void)
{
	__u32 key = RECHECK_WANTED;
	__u64 *wanted = bpf_map_lookup_elem(&bw_recheck, &key), zero = 0;

	if (wanted)
		__sync_fetch_and_add(wanted, 1);
	bpf_ringbuf_output(&bw_bell, &zero, sizeof(zero), 0);
}

/* 1 while a controller lives that attaches the recheck when it is wanted. */
static __always_inline int recheck_promised(void)
{
	__u32 key = RECHECK_PROMISE;
	__u64 *until = bpf_map_lookup_elem(&bw_recheck, &key);

	return until && *until > bpf_ktime_get_ns();
}

#endif
