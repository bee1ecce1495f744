/* SPDX-License-Identifier: GPL-2.0-only */
/* The system call that is under way, for hooks that are not told. */
#ifndef BAILIWICK_SYSCALL_BPF_H
#define BAILIWICK_SYSCALL_BPF_H

#include "prelude.bpf.h"

#define TS_COMPAT 2			/* thread_info.status: entered as 32-bit */
#define X32_BIT 0x40000000u

/* Two numbers in one: the 64-bit one, and above it the one of 32-bit programs. */
#define NR(number, number_32) ((__u32)(number) | (__u32)(number_32) << 16)
#define NR_BPF NR(321, 357)
#define NR_SWAPON NR(167, 87)
#define NR_SWAPOFF NR(168, 115)

static __always_inline struct pt_regs *syscall_registers(void)
{
	return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
}

static __always_inline int syscall_is_32(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return task->thread_info.status & TS_COMPAT;
}

static __always_inline __u32 syscall_number(void)
{
	return READ_PTR((__u64)syscall_registers(), struct pt_regs, orig_ax) & ~X32_BIT;
}

static __always_inline __u64 syscall_argument(void)
{
	__u64 regs = (__u64)syscall_registers();

	return syscall_is_32() ? (__u32)READ_PTR(regs, struct pt_regs, bx) :
				 READ_PTR(regs, struct pt_regs, di);
}

static __always_inline int syscall_is(__u32 both)
{
	return syscall_number() == (syscall_is_32() ? both >> 16 : both & 0xffff);
}

#endif
