// SPDX-License-Identifier: GPL-2.0-only
/* Doors that reach around any policy: one privilege each. */
#include "question.bpf.h"

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
DOOR(bw_perf, "perf_event_open", PERF)
DOOR(bw_syslog, "syslog", SYSLOG)
DOOR(bw_quotactl, "quotactl", QUOTA)
DOOR(bw_quota_on, "quota_on", QUOTA)
DOOR(bw_userns, "userns_create", USERNS)
DOOR(bw_settime, "settime", CLOCK)
DOOR(bw_uring_poll, "uring_sqpoll", IO_URING)
DOOR(bw_uring_creds, "uring_override_creds", IO_URING)
DOOR(bw_uring_cmd, "uring_cmd", IO_URING)

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

SEC("lsm/kernel_read_file")
int BPF_PROG(bw_kernel_read, struct file *file, enum kernel_read_file_id id)
{
	if (id == READING_MODULE && closed(BAILIWICK_PRIVILEGE_MODULE_BIT))
		return -EACCES;
	if ((id == READING_KEXEC_IMAGE || id == READING_KEXEC_INITRAMFS) &&
	    closed(BAILIWICK_PRIVILEGE_KEXEC_BIT))
		return -EACCES;
	return 0;
}

SEC("lsm/kernel_load_data")
int BPF_PROG(bw_kernel_load, enum kernel_load_data_id id)
{
	if (id == LOADING_MODULE && closed(BAILIWICK_PRIVILEGE_MODULE_BIT))
		return -EACCES;
	if ((id == LOADING_KEXEC_IMAGE || id == LOADING_KEXEC_INITRAMFS) &&
	    closed(BAILIWICK_PRIVILEGE_KEXEC_BIT))
		return -EACCES;
	return 0;
}

/* 1 + the privilege for what lockdown is asked about, 0 where other hooks judge it. */
static __always_inline __u32 door_of(enum lockdown_reason what)
{
	switch (what) {
	case LOCKDOWN_DEV_MEM:
	case LOCKDOWN_KCORE:
		return 1 + BAILIWICK_PRIVILEGE_KERNEL_MEMORY_BIT;
	case LOCKDOWN_PCI_ACCESS:
	case LOCKDOWN_MSR:
	case LOCKDOWN_ACPI_TABLES:
		return 1 + BAILIWICK_PRIVILEGE_RAW_DEVICE_BIT;
	case LOCKDOWN_IOPORT:
		return 1 + BAILIWICK_PRIVILEGE_IOPL_BIT;
	case LOCKDOWN_KPROBES:
	case LOCKDOWN_TRACEFS:
	case LOCKDOWN_MMIOTRACE:
	case LOCKDOWN_DEBUGFS:
		return 1 + BAILIWICK_PRIVILEGE_TRACE_BIT;
	case LOCKDOWN_HIBERNATION:
		return 1 + BAILIWICK_PRIVILEGE_REBOOT_BIT;
	default:
		return 0;
	}
}

SEC("lsm/locked_down")
int BPF_PROG(bw_locked_down, enum lockdown_reason what)
{
	__u32 door = door_of(what);

	if (door && closed(door - 1))
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
