/* SPDX-License-Identifier: Apache-2.0 */
/* Which events a client wants to see */
#ifndef BAILIWICK_DAEMON_FILTER_H
#define BAILIWICK_DAEMON_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/message.h"

/**
 * struct filter - all that is set must hold; strings are owned, NULL for any
 * @since:	CLOCK_REALTIME, ns; 0 for any
 * @until:	the same; later ones are not wanted
 * @severity:	at least
 * @path:	pattern of the object's path, as in a policy
 */
struct filter {
	uint64_t since;
	uint64_t until;
	int severity;
	char *role;
	char *kind;
	char *id;
	char *user;
	char *host;
	char *operation;
	char *path;
};

/** filter_read() - from a request's members; NULL, or what is wrong with them */
const char *filter_read(struct filter *filter, const struct message *request);

/** filter_wants_time() - could it hold for an event of this time?  Nothing else is looked at. */
bool filter_wants_time(const struct filter *filter, uint64_t time);

/** filter_wants() - does it hold for an event of this time? */
bool filter_wants(const struct filter *filter, uint64_t time, const struct message *event);

/** filter_is_open() - would it let every event through? */
bool filter_is_open(const struct filter *filter);

/** filter_done() - free it */
void filter_done(struct filter *filter);

#endif
