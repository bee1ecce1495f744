/* SPDX-License-Identifier: Apache-2.0 */
/* Changes that are in force, until what running processes hold was looked at */
#ifndef BAILIWICK_DAEMON_AFTERMATH_H
#define BAILIWICK_DAEMON_AFTERMATH_H

#include "daemon/change.h"

/**
 * struct aftermath - one sweep at a time, each for all changes that came before it
 * @find:	NULL: nobody looks, changes are answered without a report
 * @waiting:	in force, no sweep has begun for them
 * @swept:	those the running sweep is for
 */
struct aftermath {
	struct controller *controller;
	finder_fn *find;
	void *find_context;
	struct change *waiting;
	struct change *swept;
	struct sweep *sweep;
};

/** aftermath_add() - take over a change that is in force, and answer it when its report is there */
void aftermath_add(struct aftermath *aftermath, struct change *change, const char *why,
		   const char *diagnostics);

/** aftermath_done() - end what runs, forget all */
void aftermath_done(struct aftermath *aftermath);

#endif
