// SPDX-License-Identifier: Apache-2.0
/* Points in time as RFC 3339 text, and durations */
#include "base/timestamp.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DURATION_MAX (INT64_C(100) * 366 * 86400)

/* Read exactly @count digits and move on */
static bool digits(const char **at, int count, int *ret)
{
	int value = 0;

	while (count--) {
		if (**at < '0' || **at > '9')
			return false;
		value = value * 10 + (*(*at)++ - '0');
	}
	*ret = value;
	return true;
}

static bool take(const char **at, const char *one_of)
{
	if (!**at || !strchr(one_of, **at))
		return false;
	(*at)++;
	return true;
}

static bool parse_date(const char **at, struct tm *tm)
{
	return digits(at, 4, &tm->tm_year) && take(at, "-") &&
	       digits(at, 2, &tm->tm_mon) && take(at, "-") && digits(at, 2, &tm->tm_mday);
}

static bool parse_time(const char **at, struct tm *tm)
{
	if (!digits(at, 2, &tm->tm_hour) || !take(at, ":") ||
	    !digits(at, 2, &tm->tm_min) || !take(at, ":") || !digits(at, 2, &tm->tm_sec))
		return false;
	if (take(at, ".")) {
		if (**at < '0' || **at > '9')
			return false;
		*at += strspn(*at, "0123456789");
	}
	return true;
}

static bool parse_zone(const char **at, int *ret_seconds)
{
	int hours, minutes, sign;

	*ret_seconds = 0;
	if (take(at, "Zz"))
		return true;
	sign = **at == '-' ? -1 : 1;
	if (!take(at, "+-") || !digits(at, 2, &hours) || !take(at, ":") ||
	    !digits(at, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*ret_seconds = sign * (hours * 3600 + minutes * 60);
	return true;
}

static bool fields_in_range(const struct tm *tm)
{
	static const int month_days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (tm->tm_year % 4 == 0 && tm->tm_year % 100 != 0) || tm->tm_year % 400 == 0;

	if (tm->tm_year < 1970 || tm->tm_mon < 1 || tm->tm_mon > 12)
		return false;
	if (tm->tm_mday < 1 || tm->tm_mday > month_days[tm->tm_mon - 1])
		return false;
	if (tm->tm_mon == 2 && tm->tm_mday == 29 && !leap)
		return false;
	/* 60 is a leap second, which the clock does not have: the next second */
	return tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec <= 60;
}

int timestamp_parse(const char *text, int64_t *ret)
{
	struct tm tm = { 0 };
	int zone;

	if (!parse_date(&text, &tm) || !take(&text, "Tt ") || !parse_time(&text, &tm) ||
	    !parse_zone(&text, &zone) || *text || !fields_in_range(&tm))
		return -EINVAL;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*ret = (int64_t)timegm(&tm) - zone;
	return *ret < 0 ? -EINVAL : 0;
}

char *timestamp_format(int64_t seconds, char buf[TIMESTAMP_TEXT_MAX])
{
	time_t moment = seconds;
	struct tm tm;

	if (!gmtime_r(&moment, &tm) || !strftime(buf, TIMESTAMP_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm))
		snprintf(buf, TIMESTAMP_TEXT_MAX, "-");
	return buf;
}

char *timestamp_format_ns(uint64_t nanoseconds, char buf[TIMESTAMP_TEXT_MAX])
{
	size_t length;

	timestamp_format((int64_t)(nanoseconds / 1000000000), buf);
	length = strlen(buf);
	/* Over the 'Z': 64 bits of nanoseconds end in 2554, so this always fits */
	snprintf(buf + length - 1, TIMESTAMP_TEXT_MAX - length + 1, ".%06uZ",
		 (unsigned int)(nanoseconds % 1000000000 / 1000));
	return buf;
}

int duration_parse(const char *text, int64_t *ret)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = { { 'w', 604800 }, { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };
	size_t unit = 0, count = sizeof(units) / sizeof(units[0]);
	int64_t total = 0, value;

	if (!*text)
		return -EINVAL;
	while (*text) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		for (value = 0; *text >= '0' && *text <= '9'; text++)
			if (value <= DURATION_MAX)
				value = value * 10 + (*text - '0');
		while (unit < count && units[unit].letter != *text)
			unit++;
		if (unit == count)
			return -EINVAL;
		if (value > DURATION_MAX / units[unit].seconds)
			return -ERANGE;
		total += value * units[unit].seconds;
		if (total > DURATION_MAX)
			return -ERANGE;
		unit++;
		text++;
	}
	*ret = total;
	return 0;
}
