/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens at its time, whether or not a controller lives to see it. */
#ifndef BW_CLOCK_H
#define BW_CLOCK_H

#include <linux/types.h>

/*
 * Time is CLOCK_BOOTTIME: it goes on while the machine sleeps, and nobody sets it.
 *
 * bw_clock_wait() - the policy in force goes back to the one before in so many
 *	seconds, unless bw_clock_confirm() or another switch comes first
 * bw_clock_left() - seconds until then, at least 1; 0 when nothing waits
 * bw_clock_look_again() - a grant ends in so many seconds, 0 for none: then, and every
 *	now and then until then, bw_slot_end_grants() is called
 *
 * These under bw_lock.
 */
void bw_clock_wait(u32 seconds);
void bw_clock_confirm(void);
u32 bw_clock_left(void);
void bw_clock_look_again(u64 seconds);

void bw_clock_init(void);
void bw_clock_exit(void);

#endif
