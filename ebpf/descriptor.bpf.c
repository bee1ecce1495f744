// SPDX-License-Identifier: GPL-2.0-only
/* Files that are open already: judged again at every use, and on receipt. */
#include "device.bpf.h"
#include "file.bpf.h"
#include "peer.bpf.h"

#define MAY_WRITE 2
#define MAY_READ 4

#define PF_IO_WORKER 0x10
#define NR_IO_SUBMIT 209
#define NR_IO_SUBMIT_32 248
#define NR_FALLOCATE 285
#define NR_FALLOCATE_32 324
#define NR_PWRITEV2 328
#define NR_PWRITEV2_32 379
#define NR_IO_URING_ENTER 426

/*
 * A descriptor opened for appending still punches holes, and since 6.9 a flag of
 * pwritev2 or io_submit writes anywhere with it.  The hook is not told, the system call is.
 */
static __always_inline int only_appends(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	if (task->flags & PF_IO_WORKER)
		return 0;
	switch (READ_PTR((__u64)regs, struct pt_regs, orig_ax)) {
	case NR_IO_SUBMIT:
	case NR_IO_SUBMIT_32:
	case NR_FALLOCATE:
	case NR_FALLOCATE_32:
	case NR_PWRITEV2:
	case NR_PWRITEV2_32:
	case NR_IO_URING_ENTER:
		return 0;
	}
	return 1;
}

static __always_inline __u32 use_rights(struct question *q, struct file *file, int mask)
{
	__u32 rights = 0;

	if (file_is_run(file)) {	/* the kernel reads what it is about to run */
		q->instead = BAILIWICK_RIGHT_MAP_EXEC;
		return BAILIWICK_RIGHT_EXEC;
	}
	if (mask & MAY_READ)
		rights |= (file->f_inode->i_mode & S_IFMT) == S_IFDIR ? BAILIWICK_RIGHT_LIST :
									 BAILIWICK_RIGHT_READ;
	if (mask & MAY_WRITE)
		rights |= file_flags(file) & O_APPEND && only_appends() ? BAILIWICK_RIGHT_APPEND :
									  BAILIWICK_RIGHT_WRITE;
	q->instead = write_for_append(rights);
	return rights;
}

/*
 * A program of its own: it costs every read and write, so it is attached only while
 * something open is still to be taken back; see userspace/daemon/recheck.h.
 */
SEC("lsm/file_permission")
int BPF_PROG(bw_file_use, struct file *file, int mask)
{
	struct question q;

	if (!question_open(&q))
		return 0;
	if ((file->f_inode->i_mode & S_IFMT) == S_IFSOCK) {
		/* The kernel sends a file to a socket without asking the socket's hook on 6.1. */
		if (judge_socket_file(&q, file, mask & MAY_WRITE))
			return -EACCES;
		q.operation = 0;
		q.object = BAILIWICK_OBJECT_NONE;
	}
	if ((file->f_inode->i_mode & S_IFMT) == S_IFBLK) {
		if (judge_open_disk(&q, file))
			return -EACCES;
		q.operation = 0;
	}
	q.rights = use_rights(&q, file, mask);
	if (judge_opened(&q, file))
		return -EACCES;
	return 0;
}

/* Until 6.4 sendfile writes to a socket without asking it: here it is asked once. */
static __always_inline int judge_received_socket(struct question *q, struct file *file)
{
	if (!bpf_core_field_exists(struct proto_ops___paged, sendpage) ||
	    (file->f_inode->i_mode & S_IFMT) != S_IFSOCK)
		return ALLOW;
	if (judge_socket_file(q, file, 1))
		return DENY;
	q->object = BAILIWICK_OBJECT_NONE;
	return ALLOW;
}

SEC("lsm/file_receive")
int BPF_PROG(bw_file_receive, struct file *file)
{
	struct question q;
	image_t image;

	if (!question_open(&q))
		return 0;
	if (judge_received_socket(&q, file))
		return -EACCES;
	image = image_open(q.who.word);
	q.quiet = image && decide_row_flags(image, q.who.row) & BAILIWICK_ROW_TRUST_DESCRIPTORS;
	q.rights = rights_behind(file->f_mode, file->f_flags, file->f_inode->i_mode & S_IFMT);
	q.instead = write_for_append(q.rights);
	q.operation = BAILIWICK_OP_DESCRIPTOR;
	if (!judge_opened(&q, file)) {
		if ((file->f_inode->i_mode & S_IFMT) == S_IFBLK)
			recheck_want();		/* no look found it on its way */
		return 0;
	}
	if (!q.quiet)
		return -EACCES;
	recheck_want();			/* taken on trust; its use is for the other hook to judge */
	return 0;
}

SEC("lsm/file_lock")
int BPF_PROG(bw_file_lock, struct file *file, unsigned int cmd)
{
	struct question q;

	if (!question_open(&q))
		return 0;
	if (judge_file(&q, file, BAILIWICK_RIGHT_LOCK))
		return -EACCES;
	return 0;
}
