// SPDX-License-Identifier: GPL-2.0-only
/* The capabilities of a row, and the doors that are behind them. */
#include "own.bpf.h"
#include "syscall.bpf.h"

#define CAP_OPT_NOAUDIT 2

#define CAP_NET_ADMIN 12
#define CAP_SYS_MODULE 16
#define CAP_SYS_PACCT 20
#define CAP_SYS_ADMIN 21
#define CAP_SYS_BOOT 22
#define CAP_SYS_TIME 25
#define CAP_PERFMON 38

#define DOOR_64(number, number_32, privilege) \
	case number: \
		return BAILIWICK_PRIVILEGE_##privilege;
#define DOOR_32(number, number_32, privilege) \
	case number_32: \
		return BAILIWICK_PRIVILEGE_##privilege;

/* X(number, number of 32-bit programs, privilege); what has no hook of its own that tells. */
#define CALLS(X) \
	X(155, 217, MOUNT)	/* pivot_root */ \
	X(165, 21, MOUNT)	/* mount */ \
	X(166, 52, MOUNT)	/* umount2 */ \
	X(428, 428, MOUNT)	/* open_tree */ \
	X(429, 429, MOUNT)	/* move_mount */ \
	X(430, 430, MOUNT)	/* fsopen */ \
	X(431, 431, MOUNT)	/* fsconfig */ \
	X(432, 432, MOUNT)	/* fsmount */ \
	X(433, 433, MOUNT)	/* fspick */ \
	X(442, 442, MOUNT)	/* mount_setattr */ \
	X(467, 467, MOUNT)	/* open_tree_attr */ \
	X(167, 87, SWAP)	/* swapon */ \
	X(168, 115, SWAP)	/* swapoff */ \
	X(246, 283, KEXEC)	/* kexec_load */ \
	X(308, 346, USERNS)	/* setns */

/* The door a system call is, as BAILIWICK_PRIVILEGE_*; 0 none. */
static __always_inline __u32 door_of_call(void)
{
	if (syscall_is_32()) {
		switch (syscall_number()) {
		CALLS(DOOR_32)
		case 22:	/* umount, without flags */
			return BAILIWICK_PRIVILEGE_MOUNT;
		}
		return 0;
	}
	switch (syscall_number()) {
	CALLS(DOOR_64)
	case 320:		/* kexec_file_load */
	case 528:		/* kexec_load of x32 */
		return BAILIWICK_PRIVILEGE_KEXEC;
	}
	return 0;
}

/* A capability may be a door of its own, or of the call it is needed for: 0 none. */
static __always_inline __u32 door_of(int capability)
{
	switch (capability) {
	case CAP_NET_ADMIN:
		return BAILIWICK_PRIVILEGE_NETNS_ADMIN;
	case CAP_SYS_MODULE:
		return BAILIWICK_PRIVILEGE_MODULE;
	case CAP_SYS_PACCT:
		return BAILIWICK_PRIVILEGE_ACCT;
	case CAP_SYS_TIME:
		return BAILIWICK_PRIVILEGE_CLOCK;
	case CAP_SYS_BOOT:
		return door_of_call() == BAILIWICK_PRIVILEGE_KEXEC ? BAILIWICK_PRIVILEGE_KEXEC :
								     BAILIWICK_PRIVILEGE_REBOOT;
	case CAP_SYS_ADMIN:
		return door_of_call();
	}
	return 0;
}

static __always_inline __u32 bit_of(__u32 privilege)
{
	__u32 bit;

	for (bit = 0; bit < BAILIWICK_PRIVILEGE_COUNT; bit++)
		if (privilege & 1u << bit)
			break;
	return bit;
}

/*
 * What a program of bpf(2) may read follows from perfmon, or sys_admin instead of it:
 * every structure of the kernel, and with a helper every process.  Without them it is
 * still loaded where it only looks at packets and control groups.
 */
static __always_inline int reads_by_program(int capability)
{
	return (capability == CAP_PERFMON || capability == CAP_SYS_ADMIN) &&
	       syscall_is(NR_BPF) && syscall_argument() == BPF_PROG_LOAD;
}

static __always_inline int judge_reader(struct question *q, unsigned int opts)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (is_init() || is_controller(task))
		return ALLOW;
	q->quiet = !!(opts & CAP_OPT_NOAUDIT);
	return refuse_protected(q, BAILIWICK_OP_PRIVILEGE, BAILIWICK_PRIVILEGE_KERNEL_MEMORY_BIT);
}

SEC("lsm/capable")
int BPF_PROG(bw_capable, const struct cred *cred, struct user_namespace *ns, int cap,
	     unsigned int opts)
{
	struct question q;
	image_t image;
	__u32 door;
	int holds;

	if (!question_open(&q))
		return 0;
	if (!q.who.row) {
		if (reads_by_program(cap) && judge_reader(&q, opts))
			return -EPERM;
		return 0;
	}
	image = image_open(q.who.word);
	if (!image)
		return -EPERM;
	holds = decide_capability(image, q.who.row, cap);
	door = door_of(cap);
	if (holds && (!door || image_load32(image, DECIDE_ROW(image, q.who.row, privileges)) & door))
		return 0;
	if (!user_ns_is_initial((__u64)ns) &&
	    decide_privilege(image, q.who.row, BAILIWICK_PRIVILEGE_USERNS_BIT))
		return 0;
	if (object_inside_overlay())
		return 0;
	q.operation = holds ? BAILIWICK_OP_PRIVILEGE : BAILIWICK_OP_CAPABILITY;
	q.number = holds ? bit_of(door) : (__u32)cap;
	q.reason = BAILIWICK_REASON_POLICY;
	q.quiet = !!(opts & CAP_OPT_NOAUDIT);
	if (settle(&q))
		return -EPERM;
	return 0;
}
