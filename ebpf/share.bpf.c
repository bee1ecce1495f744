// SPDX-License-Identifier: GPL-2.0-only
/* Whose records wait in the ring: one noisy subject leaves room for the others. */
#include "share.bpf.h"
#include "image.bpf.h"

#define HEADER 8			/* the ring's own, before each record */

/* What of it was read counts no more. */
static __always_inline void forget_read(struct bailiwick_share *s, __u64 read, __u64 end)
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
	struct bailiwick_share *s = bpf_map_lookup_elem(&bw_shares, &key);
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

/*
 * Who is new to it begins with nothing; another processor may be first.  The stack is
 * short here and no walk is under way: the room of one serves.
 */
static __always_inline struct bailiwick_share *share_of(__u64 key, __u64 end, __u32 room)
{
	struct bailiwick_share *s = bpf_map_lookup_elem(&bw_shares, &key), *fresh;
	struct bw_scratch *from;

	if (s)
		return s;
	from = scratch_at(room);
	if (!from)
		return NULL;
	fresh = (struct bailiwick_share *)from->chain;
	__builtin_memset(fresh, 0, sizeof(*fresh));
	fresh->mark = end;
	fresh->last = end;
	if (key & BAILIWICK_SHARE_UNIT)
		bpf_probe_read_kernel_str(fresh->unit, sizeof(fresh->unit), from->unit);
	bpf_map_update_elem(&bw_shares, &key, fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&bw_shares, &key);
}

BW_ONCE int share_charge(__u64 key, __u64 bytes, __u32 room)
{
	__u64 end = bpf_ringbuf_query(&bw_events, BPF_RB_PROD_POS);
	struct bailiwick_share *s = share_of(key, end, room);

	if (!s)
		return 0;
	__sync_fetch_and_add(&s->since, bytes + HEADER);
	s->last = end;
	return 0;
}

BW_ONCE int share_refuse(__u64 key, __u64 count, __u32 room)
{
	struct bailiwick_share *s = share_of(key, bpf_ringbuf_query(&bw_events, BPF_RB_PROD_POS), room);

	if (s)
		__sync_fetch_and_add(&s->refused, count);
	return 0;
}
