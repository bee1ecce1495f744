// SPDX-License-Identifier: Apache-2.0
/* How long to wait before trying again */
#include "sink/backoff.h"

#include <sys/random.h>

#define DOUBLINGS 20

uint64_t backoff_next(struct backoff *backoff, uint64_t most)
{
	uint64_t wait = (uint64_t)BACKOFF_FIRST_MS << backoff->failures;
	uint32_t chance = 0;

	if (backoff->failures < DOUBLINGS)
		backoff->failures++;
	if (wait > most)
		wait = most;
	/* without it no worse than late */
	if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) != sizeof(chance))
		chance = 0;
	return wait - wait / 2 * chance / UINT32_MAX;
}

void backoff_done(struct backoff *backoff)
{
	backoff->failures = 0;
}
