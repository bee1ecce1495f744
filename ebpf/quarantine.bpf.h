/* SPDX-License-Identifier: GPL-2.0-only */
/* Subjects that have no rights, whatever image is in force. */
#ifndef BAILIWICK_QUARANTINE_BPF_H
#define BAILIWICK_QUARANTINE_BPF_H

#include "owner.bpf.h"
#include "unit.bpf.h"

#define QUARANTINE_INIT 1		/* process id */

static __always_inline struct bailiwick_control *control_open(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&bw_control, &zero);
}

/* Who is in no quarantine: without them nobody could lift one. */
static __always_inline int quarantine_spares(struct task_struct *task)
{
	return task->tgid == QUARANTINE_INIT || bpf_task_storage_get(&bw_own, task, 0, 0);
}

/*
 * The quarantines a task is in, a bit for each: those it was found in before
 * (s->found, as of control word s->marked) and that are not lifted, and those that name
 * it now by person, unit, program or a process above it.  So who was found once
 * cannot leave by becoming somebody else, and a child, which has its parent's
 * marks, is never out.  Not to be asked about whom quarantine_spares().
 *
 * Call it right after unit_find() in the same room, with these and s->starting set:
 * 1 for init's own code, not yet its unit's.
 */
BW_ONCE __u64 quarantine_find(__u32 room, __u64 task);

/* 1 when the program behind this dentry is in quarantine: then nobody runs it. */
BW_ONCE int quarantine_bars(__u64 dentry);

#endif
