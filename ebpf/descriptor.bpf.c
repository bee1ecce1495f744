// SPDX-License-Identifier: GPL-2.0-only
/* Files that are open already: judged again at every use, and on receipt. */
#include "file.bpf.h"

#define MAY_WRITE 2
#define MAY_READ 4

static __always_inline __u32 use_rights(struct question *q, struct file *file, int mask)
{
	__u32 rights = 0;

	if (file_flags(file) & FLAG_EXEC) {	/* the kernel reads what it is about to run */
		q->instead = BAILIWICK_RIGHT_MAP_EXEC;
		return BAILIWICK_RIGHT_EXEC;
	}
	if (mask & MAY_READ)
		rights |= (dentry_mode(q->dentry) & S_IFMT) == S_IFDIR ? BAILIWICK_RIGHT_LIST :
									 BAILIWICK_RIGHT_READ;
	if (mask & MAY_WRITE)
		rights |= file_flags(file) & O_APPEND ? BAILIWICK_RIGHT_APPEND :
							BAILIWICK_RIGHT_WRITE;
	q->instead = write_for_append(rights);
	return rights;
}

/* A program of its own: it costs every read and write, and may be attached on demand. */
SEC("lsm/file_permission")
int BPF_PROG(bw_file_use, struct file *file, int mask)
{
	struct question q;

	if (!question_open(&q))
		return 0;
	q.dentry = file_dentry_of((__u64)file);
	q.rights = use_rights(&q, file, mask);
	if (judge_object(&q))
		return -EACCES;
	return 0;
}

SEC("lsm/file_receive")
int BPF_PROG(bw_file_receive, struct file *file)
{
	struct question q;
	image_t image;

	if (!question_open(&q))
		return 0;
	image = image_open(q.who.word);
	if (image && decide_row_flags(image, q.who.row) & BAILIWICK_ROW_TRUST_DESCRIPTORS)
		return 0;
	q.dentry = file_dentry_of((__u64)file);
	q.rights = file_rights((__u64)file, q.dentry);
	q.instead = write_for_append(q.rights);
	q.operation = BAILIWICK_OP_DESCRIPTOR;
	if (judge_object(&q))
		return -EACCES;
	return 0;
}

/*
 * Commands of the descriptor, not of the device behind it, and those with which
 * programs only find out what they were given.
 */
static __always_inline int harmless(unsigned int command, __u32 type)
{
	switch (command) {
	case 0x5450:			/* FIONCLEX */
	case 0x5451:			/* FIOCLEX */
	case 0x5421:			/* FIONBIO */
	case 0x5452:			/* FIOASYNC */
	case 0x5460:			/* FIOQSIZE */
	case 0x541b:			/* FIONREAD */
		return 1;
	case 0x5401:			/* TCGETS */
	case 0x5413:			/* TIOCGWINSZ */
	case 0x540f:			/* TIOCGPGRP */
		return type != S_IFCHR;	/* "is this a terminal?" asked of something else */
	}
	return 0;
}

static __always_inline int judge_ioctl(struct file *file, unsigned int command)
{
	struct question q;

	if (!question_open(&q))
		return ALLOW;
	q.dentry = file_dentry_of((__u64)file);
	if (harmless(command, dentry_mode(q.dentry) & S_IFMT))
		return ALLOW;
	q.rights = BAILIWICK_RIGHT_IOCTL;
	q.number = command;
	return judge_object(&q);
}

SEC("lsm/file_ioctl")
int BPF_PROG(bw_file_ioctl, struct file *file, unsigned int cmd)
{
	if (judge_ioctl(file, cmd))
		return -EACCES;
	return 0;
}

SEC("lsm/file_ioctl_compat")
int BPF_PROG(bw_ioctl_compat, struct file *file, unsigned int cmd)
{
	if (judge_ioctl(file, cmd))
		return -EACCES;
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
