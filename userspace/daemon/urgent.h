/* SPDX-License-Identifier: Apache-2.0 */
/* Priority: nobody puts off the loss of his rights by keeping the processors busy */
#ifndef BAILIWICK_DAEMON_URGENT_H
#define BAILIWICK_DAEMON_URGENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The controller runs at the strongest ordinary priority, and above every ordinary
 * process (SCHED_RR, the lowest real-time priority) from the moment a change is asked
 * for until it is done.  What it computes without once waiting longer than
 * URGENT_SECONDS goes on as an ordinary process; and the kernel leaves others their
 * part of each second (kernel.sched_rt_runtime_us).  Nothing a child starts inherits it.
 */
#define URGENT_SECONDS 10

/**
 * urgent_start() - once, at the start
 * @seconds:	URGENT_SECONDS
 *
 * Return: 0 or a negative errno: then all stays as it is.
 */
int urgent_start(uint64_t seconds);

/** urgent_begin(), urgent_end() - a change begins, is done; they may nest */
void urgent_begin(void);
void urgent_end(void);

/** urgent_child() - this child is part of a change: as its parent, whatever that does meanwhile */
void urgent_child(void);

/** urgent_lend() - the same from outside: among a crowd it takes @child long to come to that */
void urgent_lend(pid_t child);

/** urgent_now() - is this process above the ordinary ones? */
bool urgent_now(void);

#endif
