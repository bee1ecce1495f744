/* SPDX-License-Identifier: GPL-2.0-only */
/* The unit a task belongs to: a cgroup nobody below could have made up. */
#ifndef BAILIWICK_UNIT_BPF_H
#define BAILIWICK_UNIT_BPF_H

#include "image.bpf.h"

#define FNV_START 0xcbf29ce484222325ull
#define FNV_PRIME 0x100000001b3ull

/*
 * Walk the task's cgroup on the default hierarchy.  Only cgroups whose proper
 * ancestors are all the root or named *.slice can be a unit: what lies below may
 * have been delegated to the subject, who could name it as it likes.
 *
 * Sets s->unit and s->unit_size to the deepest such name, s->unit_binding to the
 * deepest bound one (offset in the image, 0 none; not looked for when
 * word is 0), s->units to the hashes of all such names.  Returns 0, or
 * BAILIWICK_REASON_TOO_DEEP when the root is out of reach.
 */
BW_ONCE int unit_find(__u32 room, __u64 word, __u64 task);

#endif
