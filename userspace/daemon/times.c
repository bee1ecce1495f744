// SPDX-License-Identifier: Apache-2.0
/* How long each part of a change took */
#include "daemon/times.h"

#include <inttypes.h>
#include <time.h>

#define X_TEXT(id, text) text,
static const char *const texts[] = { REPORT_TIMES(X_TEXT) };

void report_mark(struct report_times *times, enum report_time what)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	times->at[what] = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int report_write_times(const struct report_times *times, struct buffer *out)
{
	const uint64_t begin = times->at[REPORT_TIME_ARRIVED];

	buffer_printf(out, "{\"%s\":%" PRIu64, texts[REPORT_TIME_ARRIVED], begin);
	/* what was done before it was asked for was done for another change */
	for (int i = REPORT_TIME_ARRIVED + 1; i < REPORT_TIME_COUNT; i++)
		if (times->at[i] >= begin && begin)
			buffer_printf(out, ",\"%s\":%" PRIu64, texts[i],
				      (times->at[i] - begin) / 1000u);
	return buffer_append_byte(out, '}');
}
