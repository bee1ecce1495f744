// SPDX-License-Identifier: GPL-2.0-only
/* Each second after a denial was told: how often it was repeated, until it is not. */
#include "repeat.bpf.h"
#include "share.bpf.h"

#define SECOND 1000000000ull
#define CLOCK_BOOTTIME 7

/*
 * The entry is the caller's.  What finds no room stays counted in it: the answer.  A
 * number that was given and does not arrive is one of them that is lost.
 */
static __always_inline __u64 tell(struct bw_repeat *r, __u64 count)
{
	__u32 zero = 0, size = r->size;
	struct bailiwick_totals *totals = bpf_map_lookup_elem(&bw_totals, &zero);

	if (!totals || !share_admits(r->share, 0))
		return count;
	r->head.event.size = size;
	r->head.event.kind = BAILIWICK_EVENT_REPEATS;
	r->head.event.abi = BAILIWICK_ABI;
	r->head.event.sequence = __sync_fetch_and_add(&totals->sequence, 1) + 1;
	r->head.event.time = bpf_ktime_get_boot_ns();
	r->head.count = count;
	if (!bpf_ringbuf_output(&bw_events, &r->head, BOUNDED(size, BW_REPEAT_SIZE - 1), 0)) {
		share_charge(r->share, size, SCRATCH_NONE);
		return 0;
	}
	__sync_fetch_and_add(&totals->ring_full, 1);
	share_refuse(r->share, 1, SCRATCH_NONE);
	return count - 1;
}

/* Tell the count; with `goes_on` what was repeated keeps its entry.  1: it is not free. */
static __always_inline int settle_entry(struct bw_repeat *r, int goes_on)
{
	__u64 turn = *(volatile __u64 *)&r->turn, count = turn & REPEAT_COUNT, left = 0;

	if (!repeat_take(r, turn))
		return 1;
	if (count)
		left = tell(r, count);
	if (left) {
		r->since = bpf_jiffies64();
		__sync_lock_test_and_set(&r->turn, (turn & ~REPEAT_COUNT) | left);
		return 1;
	}
	r->since = count && goes_on ? bpf_jiffies64() : 0;
	repeat_give_back(r, turn);
	return count && goes_on;
}

BW_SHARED int repeat_free(struct bw_repeat *r)
{
	return settle_entry(r, 0);
}

static long sweep_step(__u32 i, __u32 *left)
{
	struct bw_repeat *r = bpf_map_lookup_elem(&bw_repeats, &i);

	if (r && r->since && settle_entry(r, 1))
		*left = 1;
	return 0;
}

static int sweep(void *map, __u32 *key, struct bw_sweep *w)
{
	__u32 left = 0;

	/* Before the entries are looked at: whoever makes one later arms it again. */
	__sync_lock_test_and_set(&w->armed, 0);
	bpf_loop(BW_REPEATS, sweep_step, &left, 0);
	if (left && !__sync_val_compare_and_swap(&w->armed, 0, bpf_jiffies64()))
		bpf_timer_start(&w->timer, SECOND, 0);
	return 0;
}

BW_ONCE int sweep_arm(void)
{
	__u32 zero = 0;
	struct bw_sweep *w = bpf_map_lookup_elem(&bw_sweeps, &zero);
	__u64 now = bpf_jiffies64(), armed;

	if (!w)
		return 1;
	armed = *(volatile __u64 *)&w->armed;
	if ((armed && now - armed < REPEAT_WINDOW) ||
	    __sync_val_compare_and_swap(&w->armed, armed, now) != armed)
		return 0;
	bpf_timer_init(&w->timer, &bw_sweeps, CLOCK_BOOTTIME);	/* fails where it is made already */
	if (!bpf_timer_set_callback(&w->timer, sweep) && !bpf_timer_start(&w->timer, SECOND, 0))
		return 0;
	__sync_lock_test_and_set(&w->armed, 0);
	return 1;
}
