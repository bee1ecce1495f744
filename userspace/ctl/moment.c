/* SPDX-License-Identifier: Apache-2.0 */
/* A point in time as people type it: a date, or so long from now */
#include "ctl/moment.h"

#include <time.h>

#include "base/timestamp.h"
#include "ctl/output.h"

bool moment_parse(const char *option, const char *text, bool past, int64_t *ret)
{
	int64_t duration;

	if (timestamp_parse(text, ret) == 0)
		return true;
	if (duration_parse(text, &duration) == 0) {
		int64_t now = (int64_t)time(NULL);

		*ret = past ? now - duration : now + duration;
		if (*ret < 0)
			*ret = 0;
		return true;
	}
	complain("%s: '%s' is neither a time nor a duration", option, text);
	note("write a time as 2026-12-31T18:00:00Z, a duration as 90s, 30m, 2h, 7d");
	return false;
}
