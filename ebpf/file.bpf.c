// SPDX-License-Identifier: GPL-2.0-only
/* Opening files, mapping them, and what devices are behind their names. */
#include "device.bpf.h"
#include "file.bpf.h"
#include "syscall.bpf.h"
#include "peer.bpf.h"

#define PROT_READ 1
#define PROT_WRITE 2
#define PROT_EXEC 4
#define MAP_SHARED 1
#define VM_EXEC 4
#define VM_SHARED 8

/*
 * What the kernel swaps out it writes to whatever file it was given, and the memory of
 * a row that holds a class is among that.  A disk closes by coming into use.
 */
static __always_inline int becomes_swap(const struct question *q, const struct file *file,
					__u32 type)
{
	return !q->who.row && type == S_IFREG && (file->f_flags & O_ACCMODE) == O_RDWR &&
	       syscall_is(NR_SWAPON) && !is_init();
}

static __always_inline int judge_behind(struct question *q, struct file *file, __u32 type)
{
	__u32 device = file->f_inode->i_rdev, door;

	if (becomes_swap(q, file, type))
		return refuse_protected(q, BAILIWICK_OP_PRIVILEGE, BAILIWICK_PRIVILEGE_SWAP_BIT);
	if (type != S_IFBLK && type != S_IFCHR)
		return ALLOW;
	door = device_door(type, device);
	/* Swapping ends by the disk's name, and gives nobody the file. */
	if (!door || (!q->who.row && syscall_is(NR_SWAPOFF)))
		return ALLOW;
	if (judge_device(q, door - 1, q->who.row || type != S_IFBLK ||
				      device_in_use(number_of(file), device)))
		return DENY;
	if (type == S_IFBLK)	/* it may come into use while it is open */
		recheck_want();
	return ALLOW;
}

/* An overlay is no second name: what it shows must be allowed where it lies, too. */
static __always_inline int judge_layer(struct question *q, struct file *file)
{
	if (!file_is_layer(file))
		return ALLOW;
	q->dentry = file_layer_of((__u64)file);
	/* Below the overlay that is the root lies everything, at no path of its own. */
	if (!q->dentry || object_on_root(file_dentry_of((__u64)file)))
		return ALLOW;
	q->rights = file_is_run(file) ? BAILIWICK_RIGHT_EXEC : file_rights((__u64)file, q->dentry);
	q->instead = write_for_append(q->rights);
	q->layer = 1;
	if (judge_far(q))
		return DENY;
	q->layer = 0;
	q->instead = 0;
	q->operation = 0;
	return ALLOW;
}

SEC("lsm/file_open")
int BPF_PROG(bw_file_open, struct file *file)
{
	struct inode *inode;
	struct question q;
	__u32 type;

	if (!question_open(&q))
		return 0;
	if (judge_layer(&q, file))
		return -EACCES;
	if (file_is_run(file))
		return 0;		/* judged as exec, or when it is mapped */
	inode = file->f_inode;
	type = inode->i_mode & S_IFMT;
	q.rights = rights_behind(file->f_mode, file->f_flags, type);
	q.instead = write_for_append(q.rights);
	if (judge_opened(&q, file))
		return -EACCES;
	if (judge_behind(&q, file, type))
		return -EACCES;
	return 0;
}

/*
 * The kernel maps what it runs.  The program was judged as exec by the row that
 * ran it; its interpreter (ld.so) is asked for here, where either right will do.
 */
static __always_inline int runs_program(struct question *q, struct file *file)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (!file_is_run(file))
		return 0;
	q->rights = BAILIWICK_RIGHT_MAP_EXEC;
	q->instead = BAILIWICK_RIGHT_EXEC;
	return task->mm->exe_file == file ? 2 : 1;
}

/*
 * The controller is what it runs: a library that anybody could have put there, by
 * LD_PRELOAD or a path of its environment, would be the controller.
 */
static __always_inline int judge_own_code(struct question *q, __u64 dentry)
{
	if (q->who.row || !is_controller(bpf_get_current_task_btf()) ||
	    !own_is_open(q->who.word, dentry))
		return ALLOW;
	q->dentry = dentry;
	q->object = BAILIWICK_OBJECT_PATH;
	return refuse_protected(q, BAILIWICK_OP_MAP_EXEC, 0);
}

SEC("lsm/mmap_file")
int BPF_PROG(bw_mmap_file, struct file *file, unsigned long reqprot, unsigned long prot,
	     unsigned long flags)
{
	struct question q;

	if (!file || !question_open(&q))
		return 0;
	if (prot & PROT_EXEC && judge_own_code(&q, file_dentry_of((__u64)file)))
		return -EACCES;
	switch (runs_program(&q, file)) {
	case 2:
		return 0;
	case 0:
		q.rights = (prot & PROT_READ ? BAILIWICK_RIGHT_READ : 0) |
			   (prot & PROT_EXEC ? BAILIWICK_RIGHT_MAP_EXEC : 0) |
			   (prot & PROT_WRITE && flags & MAP_SHARED ? BAILIWICK_RIGHT_WRITE : 0);
	}
	if (judge_opened(&q, file))
		return -EACCES;
	if ((file->f_inode->i_mode & S_IFMT) == S_IFBLK && judge_open_disk(&q, file))
		return -EACCES;
	/* Rings of packets, and pages of what TCP received: no message asks for those. */
	if ((file->f_inode->i_mode & S_IFMT) == S_IFSOCK && judge_socket_file(&q, file, 0))
		return -EACCES;
	return 0;
}

SEC("lsm/file_mprotect")
int BPF_PROG(bw_mprotect, struct vm_area_struct *vma, unsigned long reqprot, unsigned long prot)
{
	unsigned long flags = vma->vm_flags;
	struct file *file = vma->vm_file;
	struct question q;

	if (!file || !question_open(&q))
		return 0;
	q.rights = (prot & PROT_EXEC && !(flags & VM_EXEC) ? BAILIWICK_RIGHT_MAP_EXEC : 0) |
		   (prot & PROT_WRITE && flags & VM_SHARED ? BAILIWICK_RIGHT_WRITE : 0);
	if (!q.rights)
		return 0;
	if (prot & PROT_EXEC && judge_own_code(&q, file_dentry_of((__u64)file)))
		return -EACCES;
	if (judge_opened(&q, file))
		return -EACCES;
	return 0;
}
