// SPDX-License-Identifier: GPL-2.0-only
/* Whose records wait in the ring: one noisy subject leaves room for the others. */
#include "share.bpf.h"

#define HEADER 8			/* the ring's own, before each record */

/* What of it was read counts no more. */
static __always_inline void forget_read(struct bw_share *s, __u64 read, __u64 end)
{
	if (read >= s->last) {
		s->before = 0;
		s->since = 0;
		s->mark = end;
	} else if (read >= s->mark) {
		s->before = s->since;
		s->since = 0;
		s->mark = end;
	}
}

BW_ONCE int share_admits(__u64 key, __u32 first)
{
	struct bw_share *s = bpf_map_lookup_elem(&bw_shares, &key);
	__u64 size, read, end, waits, held;

	if (!s)
		return 1;
	size = bpf_ringbuf_query(&bw_events, BPF_RB_RING_SIZE);
	read = bpf_ringbuf_query(&bw_events, BPF_RB_CONS_POS);
	end = bpf_ringbuf_query(&bw_events, BPF_RB_PROD_POS);
	forget_read(s, read, end);
	waits = end - read;
	held = s->before + s->since;
	if (held > waits)
		held = waits;
	return waits < size && held <= (size - waits) * (first ? SHARE_FIRST : SHARE_ANY);
}

BW_ONCE int share_charge(__u64 key, __u64 bytes)
{
	__u64 end = bpf_ringbuf_query(&bw_events, BPF_RB_PROD_POS);
	struct bw_share fresh = {.mark = end, .last = end, .since = bytes + HEADER};
	struct bw_share *s = bpf_map_lookup_elem(&bw_shares, &key);

	if (!s) {
		bpf_map_update_elem(&bw_shares, &key, &fresh, BPF_NOEXIST);
		return 0;
	}
	__sync_fetch_and_add(&s->since, bytes + HEADER);
	s->last = end;
	return 0;
}
