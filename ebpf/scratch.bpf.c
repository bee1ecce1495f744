// SPDX-License-Identifier: GPL-2.0-only
/* Room to work in: claimed by compare-and-swap, given back by a store. */
#include "image.bpf.h"

#define SCRATCH_TRIES 64

struct claim {
	__u32 start;
	__u32 room;
};

static long claim_step(__u32 i, struct claim *c)
{
	__u32 key = (c->start + i) & bw_scratch_mask;
	struct bw_scratch *s = bpf_map_lookup_elem(&bw_scratch, &key);

	if (!s || __sync_val_compare_and_swap(&s->busy, 0, 1))
		return 0;
	c->room = key;
	return 1;
}

BW_ONCE __u32 scratch_claim(void)
{
	struct claim c = {.start = bpf_get_smp_processor_id() * 4, .room = SCRATCH_NONE};

	bpf_loop(SCRATCH_TRIES, claim_step, &c, 0);
	return c.room;
}

BW_ONCE int scratch_release(__u32 room)
{
	struct bw_scratch *s = scratch_at(room);

	if (s)
		__sync_lock_test_and_set(&s->busy, 0);
	return 0;
}
