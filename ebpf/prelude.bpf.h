/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's types, libbpf and the contract, in the one order that compiles. */
#ifndef BAILIWICK_PRELUDE_BPF_H
#define BAILIWICK_PRELUDE_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>

#include <bailiwick/abi.h>
#include <bailiwick/event.h>
#include <bailiwick/genl.h>
#include <bailiwick/image.h>
#include <bailiwick/vocab.h>

/* What vmlinux.h cannot carry: macros of the kernel. */
#define EPERM 1
#define ENOMEM 12
#define EACCES 13

#define PF_KTHREAD 0x00200000

/* super_block.s_magic of filesystems that are not like others */
#define PROC_MAGIC 0x9fa0u
#define CGROUP2_MAGIC 0x63677270u
#define OVERLAYFS_MAGIC 0x794c7630u
#define MQUEUE_MAGIC 0x19800202u
#define BTRFS_MAGIC 0x9123683eu
#define XFS_MAGIC 0x58465342u

/*
 * Functions of another file come in two kinds.  A shared one is verified where it
 * is called, with the caller's knowledge of its arguments: it may take kernel
 * types and map memory.  A judged-once one is verified by itself, so a program
 * pays for it once however often and wherever it calls it; it takes numbers and
 * pointers to initialised plain structures, which it must test for NULL.
 */
#define BW_SHARED __hidden __attribute__((noinline))
#define BW_ONCE __attribute__((noinline))

/* value & mask, as an instruction the compiler cannot prove away: the verifier needs it. */
#define BOUNDED(value, mask) ({ \
	__u64 bounded_ = (value); \
	asm volatile("%0 &= %1" : "+r"(bounded_) : "i"(mask)); \
	bounded_; })

extern int LINUX_KERNEL_VERSION __kconfig;

/* Since 6.2, told by a number in the program rather than by a load of the version. */
enum bpf_type_flag___since_6_2 { PTR_TRUSTED___since_6_2 = 1 };
#define TRUSTS_POINTERS bpf_core_enum_value_exists(enum bpf_type_flag___since_6_2, \
						   PTR_TRUSTED___since_6_2)

/* A name's hash and size at once.  6.1 sees two halves there and takes no load of both. */
static __always_inline __u64 name_key(const struct dentry *dentry)
{
	if (TRUSTS_POINTERS)
		return dentry->d_name.hash_len;
	return (__u64)dentry->d_name.len << 32 | dentry->d_name.hash;
}

/*
 * A function of the kernel that programs may call.  libbpf below 1.5 links no two objects
 * that both say so ("failed to resolve size of underlying type"): maps.bpf.c does, the first.
 */
#ifndef BW_KFUNC
#define BW_KFUNC
#endif

/*
 * Since 6.2 any address can be read as one of a type, by one instruction that yields 0
 * where nothing is: a tenth of what the helper takes.  The types are some that begin with a
 * number of the size.
 */
extern void *bpf_rdonly_cast(const void *at, __u32 type) BW_KFUNC __weak;
#define READ_AS(at, type, field) \
	((const volatile type *)bpf_rdonly_cast(at, bpf_core_type_id_kernel(type)))->field

/* One word of kernel memory; 0 where it cannot be read. */
static __always_inline __u64 read_word(const void *at)
{
	__u64 word = 0;

	if (TRUSTS_POINTERS)
		return READ_AS(at, struct timespec64, tv_sec);
	bpf_probe_read_kernel(&word, sizeof(word), at);
	return word;
}

static __always_inline __u32 read_half(const void *at)
{
	__u32 half = 0;

	if (TRUSTS_POINTERS)
		return READ_AS(at, struct seqcount, sequence);
	bpf_probe_read_kernel(&half, sizeof(half), at);
	return half;
}

/*
 * A kernel pointer as the number a judged-once function takes: of what was added to
 * memory the verifier knows nothing any more.
 */
static __always_inline __u64 number_of(const void *pointer)
{
	__u64 number = 0;

	__sync_fetch_and_add(&number, (__u64)pointer);
	return number;
}

/* A field of a kernel object whose address is only a number here. */
#define FIELD_AT(address, type, field) \
	((const void *)((address) + bpf_core_field_offset(type, field)))
#define READ_PTR(address, type, field) read_word(FIELD_AT(address, type, field))
#define READ_U32(address, type, field) read_half(FIELD_AT(address, type, field))

#endif
