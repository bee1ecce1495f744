/* SPDX-License-Identifier: Apache-2.0 */
/* How long to wait before trying again */
#ifndef BAILIWICK_SINK_BACKOFF_H
#define BAILIWICK_SINK_BACKOFF_H

#include <stdint.h>

#define BACKOFF_FIRST_MS 100

/** struct backoff - all-zero before the first failure */
struct backoff {
	unsigned int failures;
};

/**
 * backoff_next() - milliseconds to wait after one more failure
 * @most:	never more than this
 *
 * Twice as long each time, and a random part of up to a half less: a hundred
 * machines whose receiver comes back shall not come back at once.
 */
uint64_t backoff_next(struct backoff *backoff, uint64_t most);

/** backoff_done() - it worked */
void backoff_done(struct backoff *backoff);

#endif
