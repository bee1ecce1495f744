// SPDX-License-Identifier: GPL-2.0-only
/* What happens at its time, whether or not a controller lives to see it. */
#include <linux/hrtimer.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/workqueue.h>

#include <bailiwick/genl.h>

#include "clock.h"
#include "genl.h"
#include "slot.h"

/* Guarded by bw_lock; 0 while nothing waits. */
static ktime_t deadline;

/* A wall clock that is set ahead is noticed this late at most, in seconds. */
#define LOOK_EVERY 30

static struct hrtimer timer, ends;
static struct work_struct work;

/* Interrupt: the lock is a sleeping one. */
static enum hrtimer_restart on_time(struct hrtimer *unused)
{
	schedule_work(&work);
	return HRTIMER_NORESTART;
}

/* A deadline that was moved or lifted meanwhile is looked at again here. */
static void on_work(struct work_struct *unused)
{
	mutex_lock(&bw_lock);
	if (deadline && ktime_get_boottime() >= deadline) {
		deadline = 0;
		bw_slot_time_up();
		bw_genl_tell(BAILIWICK_CMD_ROLLBACK);
	}
	if (!hrtimer_active(&ends) && bw_slot_adopted() && bw_slot_end_grants())
		bw_genl_tell(BAILIWICK_CMD_ENDED);
	mutex_unlock(&bw_lock);
}

void bw_clock_wait(u32 seconds)
{
	lockdep_assert_held(&bw_lock);
	deadline = ktime_add(ktime_get_boottime(), ktime_set(seconds, 0));
	hrtimer_start(&timer, deadline, HRTIMER_MODE_ABS);
}

void bw_clock_confirm(void)
{
	lockdep_assert_held(&bw_lock);
	deadline = 0;
	hrtimer_cancel(&timer);
}

u32 bw_clock_left(void)
{
	s64 left;

	lockdep_assert_held(&bw_lock);
	if (!deadline)
		return 0;
	left = ktime_to_ns(ktime_sub(deadline, ktime_get_boottime()));
	return left > 0 ? DIV_ROUND_UP_ULL(left, NSEC_PER_SEC) : 1;
}

void bw_clock_look_again(u64 seconds)
{
	lockdep_assert_held(&bw_lock);
	if (!seconds)
		hrtimer_cancel(&ends);
	else
		hrtimer_start(&ends, ktime_add(ktime_get_boottime(),
					       ktime_set(min_t(u64, seconds, LOOK_EVERY), 0)),
			      HRTIMER_MODE_ABS);
}

void bw_clock_init(void)
{
	hrtimer_init(&ends, CLOCK_BOOTTIME, HRTIMER_MODE_ABS);
	ends.function = on_time;
	hrtimer_init(&timer, CLOCK_BOOTTIME, HRTIMER_MODE_ABS);
	timer.function = on_time;
	INIT_WORK(&work, on_work);
}

void bw_clock_exit(void)
{
	hrtimer_cancel(&timer);
	hrtimer_cancel(&ends);
	cancel_work_sync(&work);
}
