/* SPDX-License-Identifier: Apache-2.0 */
/* How long each part of a change took */
#ifndef BAILIWICK_DAEMON_TIMES_H
#define BAILIWICK_DAEMON_TIMES_H

#include <stdint.h>

#include "base/buffer.h"

/* When what was done: X(ID, "text"); behind the first in microseconds from it. */
#define REPORT_TIMES(X)                                                        \
	X(ARRIVED, "arrived")	/* asked for; CLOCK_MONOTONIC, nanoseconds */  \
	X(MADE, "made")		/* its image is there */                       \
	X(READY, "ready")	/* each use of an open file is judged */       \
	X(SWITCHED, "switched")	/* nothing forbidden begins any more */        \
	X(TESTED, "tested")	/* the hooks denied their canaries */          \
	X(STORED, "stored")	/* on disk */                                  \
	X(SWEEP, "sweep")	/* running processes are looked at */          \
	X(SOCKETS, "sockets")	/* their sockets are known */                  \
	X(ENDED, "ended")	/* connections have ended */                   \
	X(FOUND, "found")	/* all that is open is known */                \
	X(WHOLE, "whole")	/* and calls under way */

#define REPORT_X_TIME(id, text) REPORT_TIME_##id,
enum report_time { REPORT_TIMES(REPORT_X_TIME) REPORT_TIME_COUNT };

/** struct report_times - each CLOCK_MONOTONIC in nanoseconds, 0 for never */
struct report_times {
	uint64_t at[REPORT_TIME_COUNT];
};

/** report_mark() - this was done now */
void report_mark(struct report_times *times, enum report_time what);

/** report_write_times() - one JSON object */
int report_write_times(const struct report_times *times, struct buffer *out);

#endif
