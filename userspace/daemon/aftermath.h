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

/**
 * aftermath_begin() - a change has just been switched in and is still to be tested and stored
 *
 * What it forbids is taken back at once where nothing else is being taken back, but
 * for killing, which waits until it is sure.  Then aftermath_add() or aftermath_drop().
 */
void aftermath_begin(struct aftermath *aftermath, struct change *change);

/** aftermath_drop() - it was not kept after all; what was ended stays ended */
void aftermath_drop(struct aftermath *aftermath, const struct change *change);

/** aftermath_add() - take over a change that is in force, and answer it when its report is there */
void aftermath_add(struct aftermath *aftermath, struct change *change, const char *why,
		   const char *diagnostics);

/** aftermath_done() - end what runs, forget all */
void aftermath_done(struct aftermath *aftermath);

#endif
