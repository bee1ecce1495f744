/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's two locks around what moves, as numbers. */
#ifndef BAILIWICK_SEQUENCE_BPF_H
#define BAILIWICK_SEQUENCE_BPF_H

#include "prelude.bpf.h"

/*
 * For one object file alone, known.bpf.c: libbpf cannot link a function of the kernel
 * that two refer to (before 1.5).
 */
extern const void rename_lock __ksym, mount_lock __ksym;
extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym __weak;

/* A lock's sequence, by its address alone: a load where the kernel gives it a type. */
static __always_inline __u32 sequence_of(const void *lock)
{
	struct seqcount *sequence;

	if (!TRUSTS_POINTERS)
		return read_half(lock);
	sequence = bpf_rdonly_cast(lock, bpf_core_type_id_kernel(struct seqcount));
	return *(volatile __u32 *)&sequence->sequence;
}

/* What walk_moves() says. */
static __always_inline __u64 moves_now(void)
{
	return (__u64)sequence_of(&rename_lock) << 32 | sequence_of(&mount_lock);
}

#endif
