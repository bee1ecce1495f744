// SPDX-License-Identifier: GPL-2.0-only
/* Files that are open or mapped and forbidden to their holder: what the iterators tell. */
#include "open.bpf.h"
#include "own.bpf.h"
#include "place.bpf.h"

#define VM_READ 1ul
#define VM_WRITE 2ul
#define VM_EXEC 4ul
#define VM_SHARED 8ul
#define VM_MAYREAD 0x10ul

struct bw_scan_map bw_scan SEC(".maps");

/* --- who ---------------------------------------------------------------------------- */

static __always_inline int is_current(const struct bw_task *t, const struct subject *who)
{
	return t && t->word == who->word && t->cgroup == who->cgroup &&
	       t->login_uid == who->login_uid && t->uid == who->uid;
}

/* Resolving takes thousands of instructions: once per task, not once per descriptor. */
BW_SHARED int open_subject(struct question *q, struct task_struct *task, __u64 session)
{
	__u32 zero = 0, place = session % SCANS;
	struct bailiwick_control *control = bpf_map_lookup_elem(&bw_control, &zero);
	struct bw_scan *scan = bpf_map_lookup_elem(&bw_scan, &place);
	struct bw_task *t;

	if (!control || !scan || task->flags & PF_KTHREAD)
		return 0;
	q->quiet = 1;
	q->who.word = *(volatile __u64 *)&control->word;
	if (!q->who.word)
		return 0;
	q->who.protects = control->protects;
	subject_identify(&q->who, task);
	t = bpf_task_storage_get(&bw_tasks, task, 0, 0);
	if (is_current(t, &q->who)) {
		q->who.row = t->row;
	} else if (scan->session == session && scan->task == (__u64)task &&
		   scan->begun == task->start_boottime && scan->word == q->who.word &&
		   scan->cgroup == q->who.cgroup && scan->login_uid == q->who.login_uid &&
		   scan->uid == q->who.uid) {
		q->who.row = scan->row;
	} else {
		q->who.row = subject_row_of(&q->who, task);
		scan->task = (__u64)task;
		scan->begun = task->start_boottime;
		scan->word = q->who.word;
		scan->cgroup = q->who.cgroup;
		scan->login_uid = q->who.login_uid;
		scan->uid = q->who.uid;
		scan->row = q->who.row;
		scan->session = session;
		if (!t)		/* never asked anything: from now on a change is noticed */
			subject_note(&q->who, task);
	}
	/* What a protected class relies on is the controller's: nothing of it is taken back. */
	if (q->who.row == BAILIWICK_ROW_UNCONFINED && is_controller(task))
		return 0;
	return q->who.row != BAILIWICK_ROW_UNCONFINED || q->who.protects;
}

/* --- may it -------------------------------------------------------------------------- */

static __always_inline int cell_lacks(struct question *q, image_t image, __u32 label)
{
	__u32 mode = decide_mode(image, q->who.row);
	__u32 cell = decide_cell(image, q->who.row, label);

	q->denied = decide_denied(cell, q->rights);
	if (!q->denied || (q->instead && !decide_denied(cell, q->instead)))
		return 0;
	/* A row that is only watched may go on, but not in a protected class. */
	return cell & BAILIWICK_CELL_PROTECTED ||
	       (mode != BAILIWICK_MODE_AUDIT && mode != BAILIWICK_MODE_LEARN);
}

BW_ONCE int open_lacks(struct question *q, __u64 task, __u32 room)
{
	struct bw_scratch *s = scratch_at(room);
	image_t image;

	if (!q || !s)
		return 1;
	image = image_open(q->who.word);
	if (!image)
		return 1;
	q->label = object_label(room, q->who.word, q->dentry, 0, 0);
	if (!cell_lacks(q, image, q->label))
		return links_others_at(q->dentry) && links_judge(q) == LINKS_CLOSED;
	if (q->who.row == BAILIWICK_ROW_UNCONFINED && s->reason == BAILIWICK_REASON_NO_MOUNT &&
	    q->label == BAILIWICK_LABEL_UNKNOWN && place_never(s->super))
		return 0;
	if (object_is_terminal(q->dentry, task) && !cell_lacks(q, image, BAILIWICK_LABEL_TTY))
		return 0;
	cell_lacks(q, image, q->label);
	return 1;
}

/* --- open files ---------------------------------------------------------------------- */

SEC("iter/task_file")
int bw_open_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct bailiwick_open *o;
	struct bw_scratch *s;
	struct question *q;
	__u32 room, kind;

	if (!task || !file)
		return 0;
	room = scratch_claim();
	s = scratch_at(room);
	if (!s)
		return OPEN_AGAIN;
	q = open_question(s, 0);
	q->dentry = file_dentry_of((__u64)file);
	q->rights = file_rights((__u64)file, q->dentry);
	q->instead = write_for_append(q->rights);
	if (q->rights && open_subject(q, task, ctx->meta->session_id) &&
	    open_lacks(q, number_of(task), room)) {
		o = open_record(s, q, task, BAILIWICK_OPEN_FILE);
		o->fd = ctx->fd;
		open_name(s, o, q, room);
		OPEN_WRITE(ctx, s, o);
		goto out;
	}
	kind = stays_judged(file, q->dentry);
	if (kind && open_subject(q, task, ctx->meta->session_id)) {
		o = open_record(s, q, task, kind);
		o->fd = ctx->fd;
		OPEN_WRITE(ctx, s, o);
	}
out:
	scratch_release(room);
	return 0;
}

/* --- mapped files -------------------------------------------------------------------- */

static __always_inline void mapping_rights(struct question *q, struct file *file,
					   unsigned long flags)
{
	if (file_is_run(file)) {	/* the program, or its loader */
		q->rights = BAILIWICK_RIGHT_EXEC;
		q->instead = BAILIWICK_RIGHT_MAP_EXEC;
		return;
	}
	q->rights = (flags & (VM_READ | VM_MAYREAD) ? BAILIWICK_RIGHT_READ : 0) |
		    (flags & VM_EXEC ? BAILIWICK_RIGHT_MAP_EXEC : 0) |
		    (flags & VM_WRITE && flags & VM_SHARED ? BAILIWICK_RIGHT_WRITE : 0);
}

SEC("iter/task_vma")
int bw_open_maps(struct bpf_iter__task_vma *ctx)
{
	struct task_struct *task = ctx->task;
	struct vm_area_struct *vma = ctx->vma;
	struct bailiwick_open *o;
	struct bw_scratch *s;
	struct question *q;
	struct file *file;
	__u32 room;

	if (!task || !vma)
		return 0;
	file = vma->vm_file;
	if (!file)
		return 0;
	room = scratch_claim();
	s = scratch_at(room);
	if (!s)
		return OPEN_AGAIN;
	q = open_question(s, 0);
	mapping_rights(q, file, vma->vm_flags);
	q->dentry = file_dentry_of((__u64)file);
	if (q->rights && open_subject(q, task, ctx->meta->session_id) &&
	    open_lacks(q, number_of(task), room)) {
		o = open_record(s, q, task, BAILIWICK_OPEN_MAPPING);
		o->start = vma->vm_start;
		o->end = vma->vm_end;
		o->flags = (vma->vm_flags & VM_READ ? BAILIWICK_OPEN_MAP_READ : 0) |
			   (vma->vm_flags & VM_WRITE ? BAILIWICK_OPEN_MAP_WRITE : 0) |
			   (vma->vm_flags & VM_EXEC ? BAILIWICK_OPEN_MAP_EXEC : 0);
		if (q->instead)
			o->flags |= BAILIWICK_OPEN_EXECUTED;
		open_name(s, o, q, room);
		OPEN_WRITE(ctx, s, o);
	}
	scratch_release(room);
	return 0;
}
