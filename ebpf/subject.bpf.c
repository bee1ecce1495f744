// SPDX-License-Identifier: GPL-2.0-only
/* Who asks: resolved once per task and epoch, kept in task storage. */
#include "subject.bpf.h"
#include "object.bpf.h"
#include "quarantine.bpf.h"

#define STARTING 1			/* still init's own code, whatever its cgroup */
#define SPARED 2			/* there is no quarantine it could be in */

struct resolved {
	__u64 marks;			/* in: as in struct bw_task; out: quarantines it is in */
	__u64 marked;			/* in */
	__u64 entered;			/* in: row key kept; out: row key to keep */
	__u32 row;
	__u16 sure;			/* 0: no room to find out; ask again next time */
	__u16 flags;			/* in; one number, for the stack's sake */
};

/* A task without a role that runs a bound program already: the binding takes it in. */
static __always_inline void enter_by_program(struct resolved *r, __u32 room, __u64 word,
					     image_t image, struct task_struct *task)
{
	__u64 file = (__u64)BPF_CORE_READ(task, mm, exe_file);
	__u32 label, row;

	if (!file)
		return;
	label = object_label(room, word, file_dentry_of(file), 0, 0);
	row = decide_exe_row(image, label);
	if (row) {
		r->row = row;
		r->entered = decide_row_key(image, row);
	}
}

/* What is known of the task, and whether anything is in quarantine that it could be in. */
static __always_inline void resolve_begin(struct resolved *r, const struct bw_task *t,
					  struct task_struct *task)
{
	if (!(r->flags & SPARED) && quarantine_spares(task))
		r->flags |= SPARED;
	if (!t)
		return;
	r->entered = t->entered;
	r->flags |= t->starting & STARTING;
	r->marks = t->marks;
	r->marked = t->marked;
}

static __always_inline void resolve(struct resolved *r, struct subject *who,
				    struct task_struct *task)
{
	struct decide_subject d = {
		.entered = r->entered,
		.login_uid = who->login_uid,
		.uid = who->uid,
	};
	__u64 number = number_of(task);
	__u32 room, zero = 0;
	struct bw_scratch *s;
	image_t image;
	struct bailiwick_totals *totals = bpf_map_lookup_elem(&bw_totals, &zero);

	r->row = BAILIWICK_ROW_NONE;	/* what cannot be resolved has no rights */
	if (totals)
		__sync_fetch_and_add(&totals->resolved, 1);
	room = scratch_claim();
	s = scratch_at(room);
	if (!s)
		return;
	if (!unit_find(room, who->word, number)) {
		r->sure = 1;
		s->found = r->marks;
		s->marked = r->marked;
		s->starting = r->flags & STARTING;
		r->marks = r->flags & SPARED ? 0 : quarantine_find(room, number);
	}
	/* Before all else that gives a row: it stays NONE. */
	image = r->sure && !r->marks ? image_open(who->word) : NULL;
	if (image) {
		/*
		 * Init puts its child into the unit's cgroup first and then does what
		 * no unit needs to be allowed: mounts, credentials, limits.
		 */
		d.unit_binding = r->flags & STARTING ? 0 : s->unit_binding;
		r->row = decide_subject_row(image, &d);
		if (r->row == BAILIWICK_ROW_UNCONFINED && !r->entered)
			enter_by_program(r, room, who->word, image, task);
	}
	scratch_release(room);
}

/*
 * A task that became another subject by itself (login uid, uid, unit) may hold what
 * its new row may not use.  Nothing is to be done where the row stayed the same under
 * the same image, or nothing can be forbidden; an image that came into force since has
 * everything looked through, but perhaps before this task changed.
 */
static __always_inline int became_another(const struct bw_task *t, const struct subject *now)
{
	if (now->row == BAILIWICK_ROW_UNCONFINED && !now->protects)
		return 0;
	if (t->was == now->word && t->row == now->row)
		return 0;
	return t->changed || t->cgroup != now->cgroup || t->login_uid != now->login_uid ||
	       t->uid != now->uid;
}

BW_ONCE int subject_open(struct subject *ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct bailiwick_control *control = control_open();
	struct resolved r = {};
	__u64 switches = running_switches(task);
	struct bw_task *t;

	if (!ret || !control)
		return 0;
	ret->word = *(volatile __u64 *)&control->word;
	if (!ret->word || task->flags & PF_KTHREAD)
		return 0;
	ret->protects = control->protects;
	subject_identify(ret, task);
	if (running_is(ret, task, switches))
		return 1;
	t = bpf_task_storage_get(&bw_tasks, task, 0, 0);
	if (t && t->overlay_cred && task->cred == task->real_cred)
		t->overlay_cred = 0;
	if (subject_is_still(t, ret)) {
		ret->row = t->row;
		if (!t->overlay_cred)
			running_note(ret, task, switches);
		return 1;
	}
	r.flags = control->quarantined ? 0 : SPARED;
	resolve_begin(&r, t, task);
	resolve(&r, ret, task);
	ret->row = r.row;
	if (!r.sure)
		return 1;
	/*
	 * A task without storage never entered a role, so failing to make some
	 * costs time at the next question, not an answer.
	 */
	t = subject_storage(task);
	if (t) {
		if (became_another(t, ret)) {
			t->unsure = 1;
			recheck_want();
		}
		t->changed = 0;
		t->was = ret->word;
		t->entered = r.entered;
		t->cgroup = ret->cgroup;
		t->login_uid = ret->login_uid;
		t->uid = ret->uid;
		t->row = r.row;
		t->marks = r.marks;
		t->marked = ret->word;
		t->word = ret->word;
	}
	return 1;
}

BW_SHARED __u32 subject_row_of(struct subject *who, struct task_struct *task)
{
	struct subject other = {.word = who->word, .protects = who->protects};
	struct bailiwick_control *control = control_open();
	struct resolved r = {.flags = control && control->quarantined ? 0 : SPARED};
	struct bw_task *t;

	subject_identify(&other, task);
	t = bpf_task_storage_get(&bw_tasks, task, 0, 0);
	resolve_begin(&r, t, task);
	resolve(&r, &other, task);
	return r.row;
}

BW_SHARED __u32 subject_row_known(struct subject *who, struct task_struct *task)
{
	struct bw_task *t = bpf_task_storage_get(&bw_tasks, task, 0, 0);
	struct subject now = {.word = who->word};

	subject_identify(&now, task);
	return subject_is_still(t, &now) ? t->row : BAILIWICK_ROW_NONE;
}

BW_SHARED int subject_note(const struct subject *who, struct task_struct *task)
{
	struct bw_task fresh = {
		.cgroup = who->cgroup,
		.login_uid = who->login_uid,
		.uid = who->uid,
		.row = who->row,
		.was = who->word,
	};

	bpf_task_storage_get(&bw_tasks, task, &fresh, BPF_LOCAL_STORAGE_GET_F_CREATE);
	return 0;
}
