// SPDX-License-Identifier: GPL-2.0-only
/* Who is told of: program and unit in words, remembered by the processor. */
#include "teller.bpf.h"
#include "walk.bpf.h"

#define TEXT_MASK (BW_TELLER_TEXT - 1)

static __always_inline void key_of(struct bw_teller_key *k, const struct question *q)
{
	struct task_struct *task = bpf_get_current_task_btf();

	k->process = (__u64)task->tgid << 32 | (__u32)task->self_exec_id;
	k->begun = task->group_leader->start_boottime;
	k->file = (__u64)BPF_CORE_READ(task, mm, exe_file);
	k->dentry = k->file ? READ_PTR(k->file, struct file, f_path.dentry) : 0;
	k->moves = walk_moves();
	k->cgroup = q->who.cgroup;
	k->person = (__u64)q->who.login_uid << 32 | q->who.uid;
}

static __always_inline struct bw_teller *entry_of(const struct bw_teller_key *k)
{
	__u32 at = (k->process >> 32) & (BW_TELLERS - 1);

	return bpf_map_lookup_elem(&bw_tellers, &at);
}

BW_ONCE int teller_known(struct question *q, __u32 room)
{
	struct bw_scratch *s = scratch_at(room);
	const __u64 *mine, *kept;
	struct bw_teller *t;
	__u32 size, unit, i;
	__u64 turn;

	if (!q || !s)
		return 0;
	s->teller.size = 0;
	key_of(&s->teller.key, q);
	t = entry_of(&s->teller.key);
	if (!t)
		return 0;
	turn = *(volatile __u64 *)&t->turn;
	mine = (const __u64 *)&s->teller.key;
	kept = (const __u64 *)&t->key;
	for (i = 0; i < BW_TELLER_WORDS; i++)
		if (mine[i] != kept[i])
			return 0;
	size = t->size;
	s->teller.exe_size = t->exe_size;
	s->share = t->share;
	if (turn & 1 || !size || size > TEXT_MASK || s->teller.exe_size > size)
		return 0;
	bpf_probe_read_kernel(s->teller.text, BOUNDED(size, TEXT_MASK), t->text);
	barrier();
	if (*(volatile __u64 *)&t->turn != turn)
		return 0;
	unit = size - s->teller.exe_size;
	bpf_probe_read_kernel(s->unit, BOUNDED(unit, TEXT_MASK),
			      s->teller.text + BOUNDED(s->teller.exe_size, TEXT_MASK));
	s->unit[BOUNDED(unit, TEXT_MASK)] = 0;
	s->unit_size = unit;
	s->teller.size = size;
	return 1;
}

static __always_inline void keep(struct bw_scratch *s)
{
	struct bw_teller *t = entry_of(&s->teller.key);
	__u64 turn;

	if (!t)
		return;
	turn = *(volatile __u64 *)&t->turn;
	if (turn & 1 || __sync_val_compare_and_swap(&t->turn, turn, turn + 1) != turn)
		return;
	t->key = s->teller.key;
	t->share = s->share;
	t->exe_size = s->teller.exe_size;
	t->size = s->teller.size;
	bpf_probe_read_kernel(t->text, sizeof(t->text), s->teller.text);
	barrier();
	__sync_lock_test_and_set(&t->turn, turn + 2);
}

BW_ONCE int teller_keep(struct question *q, __u32 room, __u32 exe_size)
{
	struct bw_scratch *s = scratch_at(room);
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 size;

	if (!q || !s || exe_size > TEXT_MASK)
		return 0;
	size = exe_size + s->unit_size;
	if (size > TEXT_MASK)
		return 0;
	bpf_probe_read_kernel(s->teller.text, BOUNDED(exe_size, TEXT_MASK),
			      s->path + BOUNDED(s->path_at, BAILIWICK_PATH_MAX - 1));
	bpf_probe_read_kernel(s->teller.text + BOUNDED(exe_size, TEXT_MASK),
			      BOUNDED(s->unit_size, TEXT_MASK), s->unit);
	s->teller.exe_size = exe_size;
	s->teller.size = size;
	/* Words of one moment, and of the cgroup that was asked about */
	if (!size || s->teller.key.moves & WALK_MOVING || walk_moves() != s->teller.key.moves ||
	    task->cgroups->dfl_cgrp->kn->id != s->teller.key.cgroup)
		return 0;
	keep(s);
	return 0;
}
