/* SPDX-License-Identifier: Apache-2.0 */
/* What the controller must remember: who is in quarantine */
#ifndef BAILIWICK_STATE_QUARANTINE_H
#define BAILIWICK_STATE_QUARANTINE_H

#include "state/state.h"

/**
 * struct state_quarantine - a subject that has no rights
 * @subject:	"user:alice", "pid:4711", …
 * @kind:	BAILIWICK_SUBJECT_*, and what the kernel knows it by: @number, @id
 * @boot:	the boot it ends with, "" none: process numbers mean nothing in another
 */
struct state_quarantine {
	const char *subject;
	uint32_t kind;
	uint32_t number;
	uint64_t id;
	const char *boot;
	int64_t time;
	struct state_person by;
};

typedef int state_quarantine_fn(void *context, const struct state_quarantine *quarantine);

int state_quarantine(struct state *state, const struct state_quarantine *quarantine);
int state_release(struct state *state, const char *subject);

/** state_quarantines() - all of them, but those of another boot than @boot; forgets these */
int state_quarantines(struct state *state, const char *boot, state_quarantine_fn *fn, void *context);

#endif
