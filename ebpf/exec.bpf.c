// SPDX-License-Identifier: GPL-2.0-only
/* Running programs: the right to, and the role a program brings. */
#include "file.bpf.h"

#define DESCRIPTORS_MAX (1u << 16)	/* more than these are not looked through */
#define LSM_UNSAFE_PTRACE 2

struct inherit {
	struct question *q;		/* asked in the row that is entered */
	__u64 table;			/* struct fdtable */
	__u32 size;
	__u32 forbidden;
};

static __always_inline int bit_of(__u64 map, __u32 i)
{
	return read_word((const void *)(map + i / 64 * 8)) >> (i & 63) & 1;
}

static long descriptor_step(__u32 i, struct inherit *c)
{
	struct question *q = c->q;
	__u64 file;

	if (i >= c->size)
		return 1;
	if (!bit_of(READ_PTR(c->table, struct fdtable, open_fds), i) ||
	    bit_of(READ_PTR(c->table, struct fdtable, close_on_exec), i))
		return 0;
	file = read_word((const void *)(READ_PTR(c->table, struct fdtable, fd) + i * 8ull));
	if (!file)
		return 0;
	q->dentry = file_dentry_of(file);
	q->rights = file_rights(file, q->dentry);
	q->instead = write_for_append(q->rights);
	if (!judge_object(q))
		return 0;
	c->forbidden = 1;
	return 1;
}

/*
 * Is something open that the entered row may not have?  What another thread
 * opens meanwhile is met by the new row when it is used.
 */
static __always_inline int inherits_forbidden(struct question *q, struct task_struct *task,
					      __u32 target)
{
	__u32 row = q->who.row;
	__u64 table = (__u64)BPF_CORE_READ(task, files, fdt);
	struct inherit c = {
		.q = q,
		.table = table,
		.size = READ_U32(table, struct fdtable, max_fds),
	};

	q->operation = BAILIWICK_OP_DESCRIPTOR;
	q->who.row = target;
	if (c.size > DESCRIPTORS_MAX) {
		q->reason = BAILIWICK_REASON_OLD_DESCRIPTOR;
		return settle(q);
	}
	bpf_loop(DESCRIPTORS_MAX, descriptor_step, &c, 0);
	q->who.row = row;
	return c.forbidden;
}

/* The row of running this program, the asking row where it brings none. */
static __always_inline __u32 row_of_program(const struct question *q, image_t image)
{
	__u32 row = q->who.row;

	if (row == BAILIWICK_ROW_UNCONFINED)
		return decide_exe_row(image, q->label);
	if (!(decide_cell(image, row, q->label) & BAILIWICK_CELL_TRANSITION))
		return row;
	return decide_transition(image, row, q->label);
}

static __always_inline int refuse(struct question *q, __u32 reason, __u32 target)
{
	q->operation = BAILIWICK_OP_TRANSITION;
	q->object = BAILIWICK_OBJECT_PATH;
	q->number = target;
	q->reason = reason;
	q->cell = 0;
	return settle(q);
}

/*
 * Who traces a task must hold all that it is about to become.  A tracer was asked
 * who it is when it attached; one that was not has no say.
 */
static __always_inline int tracer_dominates(struct question *q, image_t image, __u32 target)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_struct *tracer = task->parent;

	return tracer && decide_dominates(image, subject_row_known(&q->who, tracer), target);
}

/*
 * It became another subject and nobody has looked at what it holds: a controller
 * attaches the recheck and looks; without one, this is where it is looked at.
 */
static __always_inline int owes_look(const struct bw_task *t)
{
	return t && t->unsure && !recheck_promised();
}

/* The row may hold what it was not asked about: by trust, or sockets sendfile writes to. */
static __always_inline int leaves_open(image_t image, __u32 target)
{
	return bpf_core_field_exists(struct proto_ops___paged, sendpage) ||
	       decide_row_flags(image, target) & BAILIWICK_ROW_TRUST_DESCRIPTORS;
}

/* Prepare the change of row, if this program brings one. */
static __always_inline int enter(struct question *q, int unsafe)
{
	struct task_struct *task = bpf_get_current_task_btf();
	image_t image = image_open(q->who.word);
	struct bw_task *t;
	__u32 target;

	if (!image)
		return DENY;
	target = row_of_program(q, image);
	if (!target)
		target = q->who.row;
	t = subject_storage(task);
	if (target == q->who.row && !owes_look(t))
		return ALLOW;
	if (!t)
		return refuse(q, BAILIWICK_REASON_NO_MEMORY, target);
	if (t->entering)
		return ALLOW;		/* the script decided, not its interpreter */
	if (target != q->who.row && unsafe & LSM_UNSAFE_PTRACE &&
	    !tracer_dominates(q, image, target))
		return refuse(q, BAILIWICK_REASON_POLICY, target);
	t->changed |= leaves_open(image, target);
	if (!(decide_row_flags(image, target) & BAILIWICK_ROW_TRUST_DESCRIPTORS) &&
	    inherits_forbidden(q, task, target))
		return DENY;
	if (target != q->who.row)
		t->entering = decide_row_key(image, target);
	return ALLOW;
}

/* Comes for the script and again for every interpreter of the chain. */
SEC("lsm/bprm_check_security")
int BPF_PROG(bw_exec, struct linux_binprm *bprm)
{
	struct question q = {};

	if (!subject_open(&q.who))
		return 0;
	if (judge_file(&q, bprm->file, BAILIWICK_RIGHT_EXEC))
		return -EACCES;
	if (enter(&q, bprm->unsafe))
		return -EACCES;
	return 0;
}

SEC("lsm/bprm_committed_creds")
void BPF_PROG(bw_exec_done, struct linux_binprm *bprm)
{
	struct bw_task *t = bpf_task_storage_get(&bw_tasks, bpf_get_current_task_btf(), 0, 0);

	if (!t)
		return;
	/* A program that brings no role leaves the row as it is: bw_exec asked for each. */
	if (!t->entering && !t->starting)
		return;
	if (t->entering) {
		t->entered = t->entering;
		if (!t->changed)
			t->was = 0;	/* its descriptors were looked at for the new row */
	}
	t->entering = 0;
	t->changed |= t->starting;	/* its unit counts from now on */
	t->starting = 0;
	t->word = 0;			/* ask again who this is */
	running_forget();
}
