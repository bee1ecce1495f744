/* SPDX-License-Identifier: GPL-2.0-only */
/* The map of who is the controller; maps.bpf.c has it, what asks it is in own.bpf.h. */
#ifndef BAILIWICK_OWNER_BPF_H
#define BAILIWICK_OWNER_BPF_H

#include "maps.bpf.h"

/*
 * The tasks that run the controller's program, as exec found it: what a task says
 * of itself later (PR_SET_MM_EXE_FILE) does not count.  Written at exec, at fork, and
 * once by the controller that loads the programs and so ran before them.
 */
struct bw_own_map {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u32);
};
extern struct bw_own_map bw_own SEC(".maps");

#endif
