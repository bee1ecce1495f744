// SPDX-License-Identifier: GPL-2.0-only
/* A denial: exact counters first, then a record for the ring. */
#include "record.bpf.h"
#include "repeat.bpf.h"
#include "share.bpf.h"
#include "teller.bpf.h"
#include "unit.bpf.h"

BW_ONCE int emit_count(__u32 row, __u32 label, __u32 operation, __u32 verdict)
{
	struct bailiwick_count_key key = {
		.row = row,
		.label = label,
		.operation = operation,
		.verdict = verdict,
	};
	__u64 one = 1, *counter = bpf_map_lookup_elem(&bw_counts, &key);
	__u32 zero = 0;
	struct bailiwick_totals *totals = bpf_map_lookup_elem(&bw_totals, &zero);

	if (!totals)
		return 0;
	__sync_fetch_and_add(&totals->denials, 1);
	if (!counter) {
		if (!bpf_map_update_elem(&bw_counts, &key, &one, BPF_NOEXIST))
			return 1;
		counter = bpf_map_lookup_elem(&bw_counts, &key);	/* another was first */
	}
	if (counter)
		__sync_fetch_and_add(counter, 1);
	else
		__sync_fetch_and_add(&totals->counters_full, 1);
	return !counter;		/* whether it was told before is not known then */
}

static __always_inline void describe_subject(struct bailiwick_denial *d, const struct question *q)
{
	__u64 ids = bpf_get_current_pid_tgid();

	d->cgroup = q->who.cgroup;
	d->login_uid = q->who.login_uid;
	d->uid = q->who.uid;
	d->gid = bpf_get_current_uid_gid() >> 32;
	d->pid = ids >> 32;
	d->tid = ids;
	bpf_get_current_comm(d->comm, sizeof(d->comm));
	/* No line of the policy says so, and none would help. */
	if (d->row == BAILIWICK_ROW_NONE && subject_is_marked())
		d->reason = BAILIWICK_REASON_IN_QUARANTINE;
}

/* The program current runs, as the number of its dentry; 0 when it runs none any more */
static __always_inline __u64 program_of_current(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 file = (__u64)BPF_CORE_READ(task, mm, exe_file);

	return file ? file_dentry_of(file) : 0;
}

/* Unit, share and program of who is told of */
static __always_inline void find_teller(struct question *q, struct bw_scratch *s, __u32 room)
{
	__u64 program;

	if (teller_known(q, room))
		return;
	unit_find(room, 0, bpf_get_current_task());
	s->share = emit_share(&q->who, s);
	program = program_of_current();
	if (program)
		object_path(room, program);
	teller_keep(q, room, program ? BAILIWICK_PATH_MAX - s->path_at : 0);
}

static __always_inline __u32 append_teller(struct bw_scratch *s, __u32 room, __u32 at)
{
	struct bailiwick_denial *d = (struct bailiwick_denial *)s->record;
	__u64 program;

	if (s->teller.size) {
		d->exe_size = s->teller.exe_size;
		d->unit_size = s->teller.size - s->teller.exe_size;
		return append(s, at, s->teller.text, s->teller.size);
	}
	program = program_of_current();
	if (program)
		d->exe_size = append_path(s, room, at, program);
	d->unit_size = append(s, at + d->exe_size, s->unit, s->unit_size);
	return d->exe_size + d->unit_size;
}

/*
 * Nobody is told of the self-test's denials, so none of them can be lost: without a number
 * no gap is found where one finds no room, or where the controller that asked is gone.
 */
static __always_inline __u64 next_number(const struct question *q, struct bailiwick_totals *totals)
{
	if (q->who.row == BAILIWICK_ROW_CANARY)
		return 0;
	return __sync_fetch_and_add(&totals->sequence, 1) + 1;
}

/* The record in `room`; 1 when the ring has no place for it. */
static __always_inline int emit_record(struct question *q, struct bw_scratch *s, __u32 room,
				       struct bailiwick_totals *totals)
{
	struct bailiwick_denial *d = (struct bailiwick_denial *)s->record;
	__u32 size = sizeof(*d);

	__builtin_memset(d, 0, sizeof(*d));
	emit_describe(d, q, image_open(q->who.word));
	describe_subject(d, q);
	d->path_size = append_object(s, room, size, q);
	size += d->path_size;
	size += append_teller(s, room, size);
	d->event.size = size;
	/* As late as can be: a number whose record comes long after others' counts as lost. */
	d->event.sequence = next_number(q, totals);
	return bpf_ringbuf_output(&bw_events, s->record, BOUNDED(size, RECORD_MASK), 0) != 0;
}

/* 1 when it was told; else a number that never comes says that it was not. */
static __always_inline int tell(struct question *q, __u32 room, struct bailiwick_totals *totals,
				__u32 first)
{
	struct bw_scratch *s = scratch_at(room);
	__u64 key = 0;

	if (s) {
		find_teller(q, s, room);
		key = s->share;
	}
	if (s && share_admits(key, first)) {
		if (!emit_record(q, s, room, totals)) {
			share_charge(key, ((struct bailiwick_denial *)s->record)->event.size, room);
			return 1;
		}
	} else {
		next_number(q, totals);
	}
	if (q->who.row == BAILIWICK_ROW_CANARY)
		return 0;
	__sync_fetch_and_add(&totals->ring_full, 1);
	share_refuse(key, 1, room);
	return 0;
}

BW_ONCE int emit_denial(struct question *q, __u32 room)
{
	__u32 zero = 0, first;
	struct bailiwick_totals *totals = bpf_map_lookup_elem(&bw_totals, &zero);
	__u32 own = SCRATCH_NONE, repeated;

	if (!q || !totals)
		return 0;
	first = emit_count(q->who.row, q->label, q->operation, q->verdict);
	if (room == SCRATCH_NONE) {
		own = scratch_claim();
		room = own;
	}
	repeated = !q->fresh && repeat_counts(q, room);
	q->fresh = 0;
	if (!repeated && tell(q, room, totals, first))
		repeat_begin(q, room);
	if (own != SCRATCH_NONE)
		scratch_release(own);
	return 0;
}
