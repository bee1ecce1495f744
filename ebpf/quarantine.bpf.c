// SPDX-License-Identifier: GPL-2.0-only
/* Subjects that have no rights, whatever image is in force. */
#include "quarantine.bpf.h"
#include "object.bpf.h"
#include "subject.bpf.h"

#define ANCESTORS_MAX (1u << 16)
#define BYTES_PER_STEP 8

struct search {
	struct bailiwick_control *control;
	struct bw_scratch *s;
	__u32 room;
};

static __always_inline const struct bailiwick_quarantine *entry_at(struct search *c, __u32 i)
{
	return &c->control->quarantine[BOUNDED(i, BAILIWICK_QUARANTINES_MAX - 1)];
}

static __always_inline __u64 bit_of(__u32 i)
{
	return 1ull << (i & (BAILIWICK_QUARANTINES_MAX - 1));
}

/* --- a process above it ----------------------------------------------------------- */

static long tree_step(__u32 i, struct search *c)
{
	const struct bailiwick_quarantine *entry = entry_at(c, i);
	struct bw_scratch *s = c->s;

	if (s->live & bit_of(i) && entry->kind == BAILIWICK_SUBJECT_TREE &&
	    entry->number == s->number && entry->id == s->begun)
		s->found |= bit_of(i);
	return 0;
}

static long ancestor_step(__u32 i, struct search *c)
{
	struct bw_scratch *s = c->s;
	__u64 leader = READ_PTR(s->process, struct task_struct, group_leader);

	s->number = READ_U32(s->process, struct task_struct, tgid);
	if (s->number <= QUARANTINE_INIT)
		return 1;
	s->begun = READ_PTR(leader, struct task_struct, start_boottime) / BAILIWICK_TREE_TICK;
	bpf_loop(BAILIWICK_QUARANTINES_MAX, tree_step, c, 0);
	s->process = READ_PTR(s->process, struct task_struct, real_parent);
	return !s->process;
}

/* --- what it runs ------------------------------------------------------------------ */

/* FNV-1a over the path in the room, in s->hash. */
static long path_step(__u32 i, struct search *c)
{
	struct bw_scratch *s = c->s;
	__u64 hash = s->hash;
	__u32 j;

	for (j = 0; j < BYTES_PER_STEP; j++) {
		__u32 at = s->path_at + i * BYTES_PER_STEP + j;

		if (at >= BAILIWICK_PATH_MAX)
			break;
		hash = (hash ^ s->path[at & (BAILIWICK_PATH_MAX - 1)]) * FNV_PRIME;
	}
	s->hash = hash;
	return 0;
}

static __always_inline void hash_program(struct search *c, __u32 room, __u64 dentry)
{
	struct bw_scratch *s = c->s;

	object_path(room, dentry);
	if (s->path_cut)
		return;
	s->hash = FNV_START;
	bpf_loop((BAILIWICK_PATH_MAX - s->path_at + BYTES_PER_STEP - 1) / BYTES_PER_STEP,
		 path_step, c, 0);
	s->program = s->hash;
}

/* --- all of them -------------------------------------------------------------------- */

/* Judged once: in the loop over the entries the verifier would go through it for each. */
BW_ONCE int quarantine_is_unit(__u32 room, __u64 id)
{
	const struct bw_scratch *s = scratch_at(room);
	__u32 j;

	for (j = 0; s && j < BAILIWICK_CGROUP_DEPTH_MAX; j++) {
		if (j >= s->unit_count)
			break;
		if (s->units[j] == id)
			return 1;
	}
	return 0;
}

/* 1 when the entry names it; one it was found in stays, if it is still the same use of it. */
static __always_inline int holds(struct search *c, const struct bailiwick_quarantine *entry,
				 __u32 i)
{
	struct bw_scratch *s = c->s;

	if (s->found & bit_of(i) && entry->since <= s->marked)
		return 1;
	if (entry->kind == BAILIWICK_SUBJECT_USER)
		return entry->number == s->person;
	if (entry->kind == BAILIWICK_SUBJECT_EXE)
		return s->program && entry->id == s->program;
	if (entry->kind != BAILIWICK_SUBJECT_UNIT || s->starting)
		return 0;
	return quarantine_is_unit(c->room, entry->id);
}

static long entry_step(__u32 i, struct search *c)
{
	struct bw_scratch *s = c->s;

	if (!(s->live & bit_of(i)) || !holds(c, entry_at(c, i), i))
		s->found &= ~bit_of(i);
	else
		s->found |= bit_of(i);
	return 0;
}

static __always_inline void identify(struct bw_scratch *s, __u64 task)
{
	__u32 login = READ_U32(task, struct task_struct, loginuid.val);

	s->person = login != DECIDE_ID_UNSET ? login :
		    READ_U32(READ_PTR(task, struct task_struct, real_cred), struct cred, uid.val);
	s->process = task;
}

BW_ONCE __u64 quarantine_find(__u32 room, __u64 task)
{
	struct search c = {.control = control_open(), .s = scratch_at(room), .room = room};
	struct bw_scratch *s = c.s;
	__u64 file;

	if (!c.control || !s)
		return 0;
	s->live = *(volatile __u64 *)&c.control->quarantined;
	s->program = 0;
	identify(s, task);
	file = READ_PTR(READ_PTR(task, struct task_struct, mm), struct mm_struct, exe_file);
	if (c.control->quarantined_programs && file && !s->starting)
		hash_program(&c, room, file_dentry_of(file));
	bpf_loop(BAILIWICK_QUARANTINES_MAX, entry_step, &c, 0);
	if (c.control->quarantined_trees)
		bpf_loop(ANCESTORS_MAX, ancestor_step, &c, 0);
	return s->found;
}

BW_ONCE int quarantine_bars(__u64 dentry)
{
	struct search c = {.control = control_open()};
	struct bw_scratch *s;
	__u32 room;
	int found;

	if (!c.control || !c.control->quarantined_programs)
		return 0;
	room = scratch_claim();
	c.room = room;
	s = c.s = scratch_at(room);
	if (!s)
		return 1;
	s->live = c.control->quarantined_programs;
	s->found = 0;
	s->program = 0;
	hash_program(&c, room, dentry);
	bpf_loop(BAILIWICK_QUARANTINES_MAX, entry_step, &c, 0);
	found = s->found != 0;
	scratch_release(room);
	return found;
}
