/* SPDX-License-Identifier: GPL-2.0-only */
/* When open files are to be judged again although no policy changed. */
#ifndef BAILIWICK_RECHECK_BPF_H
#define BAILIWICK_RECHECK_BPF_H

#include "image.bpf.h"

/*
 * The recheck of open files is attached only while something is to be taken back.
 * RECHECK_WANTED counts the tasks that became another subject by themselves: the
 * controller attaches and looks.  RECHECK_PROMISE is its word that it does so, until
 * that CLOCK_MONOTONIC time; afterwards what runs a program is looked at here.
 */
enum {
	RECHECK_WANTED,
	RECHECK_PROMISE,
	RECHECK_COUNT
};

struct bw_recheck_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RECHECK_COUNT);
	__type(key, __u32);
	__type(value, __u64);
};
extern struct bw_recheck_map bw_recheck SEC(".maps");

/* Wakes the controller; what it says is the count above. */
struct bw_bell_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};
extern struct bw_bell_map bw_bell SEC(".maps");

#endif
