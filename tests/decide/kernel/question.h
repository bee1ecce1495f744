/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* One question about an image and its answer: the same lines on the host and in the kernel */
#ifndef TESTS_DECIDE_KERNEL_QUESTION_H
#define TESTS_DECIDE_KERNEL_QUESTION_H

/*
 * Whoever includes this has `image_t` and ebpf/decide.h already, and bpf_loop():
 * image.bpf.h in the kernel, image/view.h and a loop of its own on the host.
 */
#define ASK_NAMES 64		/* names of a path, a power of two */
#define ASK_PATH 4096		/* bytes of a path, a power of two */
#define ASK_BATCH 512		/* questions of one run */
#define ASK_ANSWERS 8

enum ask_kind {
	ASK_FILE,		/* a path, and what a row may do there */
	ASK_CELL,		/* any row and label */
	ASK_ROW,		/* what a row is */
	ASK_DOMINANCE,
	ASK_SUBJECT,
	ASK_NETWORK,
	ASK_KINDS
};

/**
 * struct ask - a question; everything but @state, @at and @answer is given
 * @number:	label, capability, family, privilege or operations, by @kind
 * @other:	a second row, or a kind of binding
 * @id:		of a binding
 * @name_size:	bytes of each name; they stand in @path with a '/' before each
 * @state, @at:	where the walk along the path is; the callback keeps them here
 */
struct ask {
	__u32 kind;
	__u32 row;
	__u32 number;
	__u32 other;
	__u32 rights;
	__u32 names;
	__u32 state;
	__u32 at;
	__u64 id;
	__u64 answer[ASK_ANSWERS];
	struct decide_subject subject;
	struct decide_endpoint endpoint;
	__u32 padding;
	__u8 name_size[ASK_NAMES];
	__u8 path[ASK_PATH + BAILIWICK_NAME_MAX + 1];
};

struct ask_walk {
	struct ask *q;
	image_t image;
	struct decide_automaton automaton;
};

static long ask_name(__u32 i, struct ask_walk *walk)
{
	struct ask *q = walk->q;
	__u32 size = q->name_size[i & (ASK_NAMES - 1)];

	q->state = automaton_child(walk->image, &walk->automaton, q->state,
				   q->path + ((q->at + 1) & (ASK_PATH - 1)), size);
	q->at += 1 + size;
	return 0;
}

DECIDE_INLINE void ask_file(image_t image, struct ask *q)
{
	struct ask_walk walk = { .q = q, .image = image };
	__u32 label, cell;

	automaton_open(image, &walk.automaton);
	q->state = automaton_start(image);
	q->at = 0;
	bpf_loop(q->names & (ASK_NAMES - 1), ask_name, &walk, 0);
	label = automaton_label(image, &walk.automaton, q->state);
	cell = decide_cell(image, q->row, label);
	q->answer[0] = label;
	q->answer[1] = cell;
	q->answer[2] = decide_denied(cell, q->rights);
	q->answer[3] = decide_severity(cell);
	q->answer[4] = decide_transition(image, q->row, label);
	q->answer[5] = decide_exe_row(image, label);
	q->answer[6] = q->state;
}

DECIDE_INLINE void ask_cell(image_t image, struct ask *q)
{
	struct decide_automaton a;

	automaton_open(image, &a);
	q->answer[0] = decide_cell(image, q->row, q->number);
	q->answer[1] = decide_denied((__u32)q->answer[0], q->rights);
	q->answer[2] = decide_transition(image, q->row, q->number);
	q->answer[3] = decide_exe_row(image, q->number);
	q->answer[4] = automaton_label(image, &a, q->other);
	q->answer[5] = automaton_next(image, &a, q->other, (__u8)q->number);
}

DECIDE_INLINE void ask_row(image_t image, struct ask *q)
{
	q->answer[0] = (__u64)decide_capability(image, q->row, q->number);
	q->answer[1] = (__u64)decide_family(image, q->row, q->number);
	q->answer[2] = (__u64)decide_privilege(image, q->row, q->number);
	q->answer[3] = decide_mode(image, q->row);
	q->answer[4] = decide_row_flags(image, q->row);
	q->answer[5] = decide_row_key(image, q->row);
}

DECIDE_INLINE void ask_dominance(image_t image, struct ask *q)
{
	q->answer[0] = (__u64)decide_dominates(image, q->row, q->other);
	q->answer[1] = (__u64)decide_dominates(image, q->other, q->row);
}

/* @other and @id name a binding; a unit's becomes the subject's own. */
DECIDE_INLINE void ask_subject(image_t image, struct ask *q)
{
	struct decide_subject s = q->subject;
	__u32 binding = binding_find(image, q->other, q->id);

	if (q->other == BAILIWICK_SUBJECT_UNIT)
		s.unit_binding = binding;
	q->answer[0] = binding;
	q->answer[1] = binding ? binding_row(image, binding) : 0;
	q->answer[2] = decide_subject_row(image, &s);
}

DECIDE_INLINE void ask_network(image_t image, struct ask *q)
{
	struct decide_endpoint e = q->endpoint;

	q->answer[0] = decide_network(image, q->row, q->number, &e);
	endpoint_unmap(&e);
	q->answer[1] = decide_network(image, q->row, q->number, &e);
	q->answer[2] = e.ipv6;
	__builtin_memcpy(&q->answer[3], e.address, sizeof(e.address));
}

#endif
