// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* Questions about an image, answered in the kernel: by the product's decide.h and image.bpf.h */
#include "image.bpf.h"

#include "question.h"

char LICENSE[] SEC("license") = "GPL";

const volatile __u32 bw_image_mask8 = BAILIWICK_SLOT_MIN - 1;
const volatile __u32 bw_image_mask32 = (BAILIWICK_SLOT_MIN - 1) & ~3u;
const volatile __u32 bw_image_mask64 = (BAILIWICK_SLOT_MIN - 1) & ~7u;

/*
 * A program that is loaded when the slots are frozen may not read them at offsets
 * the verifier knows: it would want to look the bytes up itself, which an array of
 * two does not offer.  With some slack the offsets are not known; the masks are
 * half of what they were then, so that they bound the sum.
 */
const volatile __u32 ask_slack = 0;

struct bw_slots_map bw_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ASK_BATCH);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct ask);
} asks SEC(".maps");

/* A kind to a function: each is verified with nothing else around it. */
#define ASKED(kind) \
	static __attribute__((noinline)) int asked_##kind(image_t image, struct ask *q) \
	{ \
		ask_##kind(image, q); \
		return 0; \
	}
ASKED(file)
ASKED(cell)
ASKED(row)
ASKED(dominance)
ASKED(subject)
ASKED(network)

struct batch {
	image_t image;
};

static long ask_step(__u32 i, struct batch *b)
{
	struct ask *q = bpf_map_lookup_elem(&asks, &i);

	if (!q)
		return 1;
	switch (q->kind) {
	case ASK_FILE:
		asked_file(b->image, q);
		break;
	case ASK_CELL:
		asked_cell(b->image, q);
		break;
	case ASK_ROW:
		asked_row(b->image, q);
		break;
	case ASK_DOMINANCE:
		asked_dominance(b->image, q);
		break;
	case ASK_SUBJECT:
		asked_subject(b->image, q);
		break;
	case ASK_NETWORK:
		asked_network(b->image, q);
		break;
	}
	return 0;
}

/* The context: how many questions, and the control word that names the slot; @zero is 0. */
struct ask_context {
	__u64 word;
	__u32 count;
	__u32 answered;
	__u64 zero;
};

SEC("syscall")
int ask(struct ask_context *context)
{
	struct batch b = {.image = image_open(context->word)};

	if (!b.image)
		return 1;
	b.image += context->zero & ask_slack;
	context->answered = bpf_loop(context->count, ask_step, &b, 0);
	return 0;
}
