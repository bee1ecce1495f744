// SPDX-License-Identifier: GPL-2.0-only
/* Doors that reach around any policy: one privilege each. */
#include "device.bpf.h"

static __always_inline int closed(__u32 privilege)
{
	struct question q;

	return question_open_confined(&q) && judge_privilege(&q, privilege);
}

#define DOOR(program, hook, privilege) \
	SEC("lsm/" hook) \
	int program(void *ctx) \
	{ \
		if (closed(BAILIWICK_PRIVILEGE_##privilege##_BIT)) \
			return -EACCES; \
		return 0; \
	}

DOOR(bw_bpf, "bpf", BPF)
DOOR(bw_syslog, "syslog", SYSLOG)
DOOR(bw_quotactl, "quotactl", QUOTA)
DOOR(bw_userns, "userns_create", USERNS)
DOOR(bw_settime, "settime", CLOCK)
DOOR(bw_uring_creds, "uring_override_creds", IO_URING)
DOOR(bw_autoload, "kernel_module_request", MODULE)
DOOR(bw_key_use, "key_permission", KEYRING)

/* Samples hold registers and stacks of whoever is interrupted, rows with a class among them. */
SEC("lsm/perf_event_open")
int bw_perf(void *ctx)
{
	struct question q;

	if (!question_open(&q))
		return 0;
	if (q.who.row ? judge_privilege(&q, BAILIWICK_PRIVILEGE_PERF_BIT) :
			!is_init() &&
			refuse_protected(&q, BAILIWICK_OP_PRIVILEGE, BAILIWICK_PRIVILEGE_PERF_BIT))
		return -EACCES;
	return 0;
}

/* A command to a device, as ioctl has them, through a ring. */
SEC("lsm/uring_cmd")
int BPF_PROG(bw_uring_cmd, struct io_uring_cmd *ioucmd)
{
	struct question q;

	if (closed(BAILIWICK_PRIVILEGE_IO_URING_BIT))
		return -EACCES;
	if (!question_open(&q))
		return 0;
	if (device_passes_on(ioucmd->file->f_inode->i_mode & S_IFMT, ioucmd->cmd_op) &&
	    judge_device(&q, BAILIWICK_PRIVILEGE_RAW_DEVICE_BIT, 1))
		return -EACCES;
	q.number = ioucmd->cmd_op;
	if (judge_file(&q, ioucmd->file, BAILIWICK_RIGHT_IOCTL))
		return -EACCES;
	return 0;
}

/* The kernel writes what it counts into this file; the privilege is quotactl's. */
SEC("lsm/quota_on")
int BPF_PROG(bw_quota_on, struct dentry *dentry)
{
	struct question q;

	if (!question_open(&q))
		return 0;
	if (judge_dentry(&q, dentry, BAILIWICK_RIGHT_WRITE))
		return -EACCES;
	return 0;
}

/* A ring is an anonymous inode of this name; it has no hook of its own here. */
SEC("lsm/inode_init_security_anon")
int BPF_PROG(bw_anon_inode, struct inode *inode, const struct qstr *name)
{
	static const char ring[8] = "[io_urin";
	__u64 begins = 0, wanted;

	__builtin_memcpy(&wanted, ring, sizeof(wanted));
	bpf_probe_read_kernel(&begins, sizeof(begins), (const void *)
			      READ_PTR((__u64)name, struct qstr, name));
	if (begins == wanted && closed(BAILIWICK_PRIVILEGE_IO_URING_BIT))
		return -EACCES;
	return 0;
}

/* A key of the kernel's own making is outside the quota and not asked for. */
#define KEY_ALLOC_NOT_IN_QUOTA 2

SEC("lsm/key_alloc")
int BPF_PROG(bw_key_alloc, struct key *key, const struct cred *cred, unsigned long flags)
{
	if (!(flags & KEY_ALLOC_NOT_IN_QUOTA) && closed(BAILIWICK_PRIVILEGE_KEYRING_BIT))
		return -EACCES;
	return 0;
}

/* A number of this kernel's own list: it differs between kernels, stable ones included. */
#define IS(what, reason) \
	((what) == bpf_core_enum_value(enum lockdown_reason, LOCKDOWN_##reason))

/* 1 + the privilege for what lockdown is asked about, 0 where other hooks judge it. */
static __always_inline __u32 door_of(enum lockdown_reason what)
{
	if (IS(what, DEV_MEM) || IS(what, KCORE))
		return 1 + BAILIWICK_PRIVILEGE_KERNEL_MEMORY_BIT;
	if (IS(what, PCI_ACCESS) || IS(what, MSR) || IS(what, ACPI_TABLES))
		return 1 + BAILIWICK_PRIVILEGE_RAW_DEVICE_BIT;
	if (IS(what, IOPORT))
		return 1 + BAILIWICK_PRIVILEGE_IOPL_BIT;
	if (IS(what, KPROBES) || IS(what, TRACEFS) || IS(what, MMIOTRACE) || IS(what, DEBUGFS))
		return 1 + BAILIWICK_PRIVILEGE_TRACE_BIT;
	if (IS(what, HIBERNATION))
		return 1 + BAILIWICK_PRIVILEGE_REBOOT_BIT;
	return 0;
}

/* A row with the privilege bpf may read the kernel by that: it is the same door. */
static __always_inline __u32 door_of_free(enum lockdown_reason what)
{
	if (IS(what, BPF_READ_KERNEL) || IS(what, BPF_WRITE_USER))
		return 1 + BAILIWICK_PRIVILEGE_KERNEL_MEMORY_BIT;
	return door_of(what);
}

/*
 * What reads or writes the kernel's memory reads every class.  So these doors are
 * closed to tasks without a role, too, while a class is protected; not to init.
 */
SEC("lsm/locked_down")
int BPF_PROG(bw_locked_down, enum lockdown_reason what)
{
	struct question q;
	__u32 door;

	if (!question_open(&q))
		return 0;
	if (q.who.row) {
		door = door_of(what);
		if (door && judge_privilege(&q, door - 1))
			return -EPERM;
		return 0;
	}
	door = door_of_free(what);
	if (door && !is_init() &&
	    refuse_protected(&q, BAILIWICK_OP_PRIVILEGE, door - 1))
		return -EPERM;
	return 0;
}

/* SCTP carries lists of addresses through socket options; no rule can follow them. */
SEC("lsm/sctp_bind_connect")
int BPF_PROG(bw_sctp_lists, struct sock *sk)
{
	struct question q;

	if (!question_open_confined(&q))
		return 0;
	q.operation = BAILIWICK_OP_NET_CONNECT;
	q.reason = BAILIWICK_REASON_ADDRESS;
	if (settle(&q))
		return -EACCES;
	return 0;
}
