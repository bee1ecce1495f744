/* SPDX-License-Identifier: Apache-2.0 */
/* A role given or taken: the request, and what came of it */
#ifndef BAILIWICK_CTL_CHANGE_H
#define BAILIWICK_CTL_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct change - what to ask of the controller
 * @give:	give the role, otherwise take it
 * @subject:	as typed, checked with subject_parse()
 * @role:	NULL when taking: every role given by command
 * @until:	seconds since the epoch, 0 without end
 * @kill:	end the processes that hold what cannot be taken back
 * @json:	say what came of it in JSON
 */
struct change {
	bool give;
	const char *subject;
	const char *role;
	int64_t until;
	bool kill;
	bool json;
};

/** change_request() - ask for it and report; returns the exit code */
int change_request(const char *socket, const struct change *change);

/** change_remains() - look again at what running processes hold; returns the exit code */
int change_remains(const char *socket, bool kill, bool json);

#endif
