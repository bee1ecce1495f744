/* SPDX-License-Identifier: Apache-2.0 */
/* Ending the processes that hold what cannot be taken back, and no others */
#ifndef BAILIWICK_DAEMON_ENDING_H
#define BAILIWICK_DAEMON_ENDING_H

#include "daemon/takeback.h"

/* Processes, each once */
struct ending;

/** ending_new() - nobody yet; NULL without memory */
struct ending *ending_new(void);

/** ending_free() - NULL is fine */
void ending_free(struct ending *ending);

/** ending_add() - the process that holds @item */
void ending_add(struct ending *ending, const struct report_item *item);

/** ending_count() - how many they are */
size_t ending_count(struct ending *ending);

/**
 * ending_run() - kill them, and the children they had meanwhile
 * @find:	asked again for what is mapped, until nobody new holds it
 *
 * A process is held by a descriptor and compared by the time it began before it
 * is killed, so nobody else can be hit.  Each is told to @report.
 *
 * Return: those that are left.
 */
size_t ending_run(struct ending *ending, finder_fn *find, void *context, struct report *report);

#endif
