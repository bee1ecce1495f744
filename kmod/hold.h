/* SPDX-License-Identifier: GPL-2.0-only */
/* The links: as long as they are held, the programs stay attached. */
#ifndef BW_HOLD_H
#define BW_HOLD_H

#include <linux/types.h>

/*
 * All of this under bw_lock.
 *
 * bw_hold_take() keeps a reference on every link and on the module itself, so
 * that rmmod is refused while programs depend on it.  All links or none:
 * -EINVAL for one that attaches neither an LSM program nor a tracing one.
 */
int bw_hold_take(const u32 *fds, u32 count, const char **why);
void bw_hold_release(void);
u32 bw_hold_count(void);

/*
 * Programs whose links come and go.  bw_hold_programs() keeps a reference on each,
 * after bw_hold_take(); bw_hold_release() puts them.  The link of one LSM program
 * among them may be held beside the others, and let go of: no other link ever is.
 */
int bw_hold_programs(const u32 *fds, u32 count, const char **why);
int bw_hold_on_demand(u32 fd, const char **why);
int bw_hold_let_go(const char **why);
bool bw_hold_has_on_demand(void);

#endif
