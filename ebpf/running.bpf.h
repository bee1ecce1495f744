/* SPDX-License-Identifier: GPL-2.0-only */
/* Who runs on this processor: the task's storage, remembered beside it. */
#ifndef BAILIWICK_RUNNING_BPF_H
#define BAILIWICK_RUNNING_BPF_H

#include "image.bpf.h"

/*
 * Who runs on this processor, as found in its storage, a look-up that costs more than
 * all else a hook asks.  It holds until the task leaves the processor: every switch away
 * is counted in its nvcsw or nivcsw (kernel/sched/core.c), so what changed of it
 * elsewhere makes this void, and so does an interruption while it is read or written.
 */
struct bw_running {
	__u64 task;			/* 0: nothing is known */
	__u64 begun;			/* its start_boottime, since addresses are given again */
	__u64 switches;
	__u64 word;			/* as in struct bw_task, from here on */
	__u64 cgroup;
	__u64 uids;			/* both, as in struct subject */
	__u32 row;
	__u32 busy;			/* being written; who came in between writes nothing */
};

struct bw_running_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bw_running);
};
extern struct bw_running_map bw_running SEC(".maps");

/* Current's storage was written: what is remembered beside it is void. */
static __always_inline void running_forget(void)
{
	__u32 zero = 0;
	struct bw_running *now = bpf_map_lookup_elem(&bw_running, &zero);

	if (now)
		now->task = 0;
}

#endif
