/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's two locks around what moves, as numbers. */
#ifndef BAILIWICK_SEQUENCE_BPF_H
#define BAILIWICK_SEQUENCE_BPF_H

#include "prelude.bpf.h"

extern const void rename_lock __ksym, mount_lock __ksym;

static __always_inline __u32 sequence_of(const void *lock)
{
	return read_half(lock);
}

/* What walk_moves() says. */
static __always_inline __u64 moves_now(void)
{
	return (__u64)sequence_of(&rename_lock) << 32 | sequence_of(&mount_lock);
}

#endif
