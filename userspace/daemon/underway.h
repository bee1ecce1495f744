/* SPDX-License-Identifier: Apache-2.0 */
/* System calls that began before a right was lost, and have not come back yet */
#ifndef BAILIWICK_DAEMON_UNDERWAY_H
#define BAILIWICK_DAEMON_UNDERWAY_H

#include "daemon/report.h"

struct ending;

/* A right is asked for when a call begins: who sleeps in one then, goes on with it */
#define UNDERWAY_PROCESSES_MAX 4096	/* looked at; the report says when there are more */

struct underway;

/** underway_new() - NULL without memory */
struct underway *underway_new(void);

/** underway_free() - NULL is fine */
void underway_free(struct underway *underway);

/** underway_add() - a descriptor that is refused from now on */
void underway_add(struct underway *underway, const struct report_item *item);

/** underway_tell() - calls under way on these descriptors, and who is in them */
void underway_tell(struct underway *underway, struct report *report, struct ending *ending);

/**
 * underway_reads() - the descriptors a blocked thread's call is about
 * @line:	of /proc/PID/task/TID/syscall
 * @ret:	room for two
 *
 * Return: how many: 0 where the call is about none, or the thread runs.
 */
int underway_reads(const char *line, int ret[2]);

#endif
