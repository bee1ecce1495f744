/* SPDX-License-Identifier: Apache-2.0 */
/* Points in time as RFC 3339 text, and durations */
#ifndef BAILIWICK_BASE_TIMESTAMP_H
#define BAILIWICK_BASE_TIMESTAMP_H

#include <stdint.h>

/* "2026-12-31T18:00:00.123456Z" and the NUL, with room for long years */
#define TIMESTAMP_TEXT_MAX 40

/**
 * timestamp_parse() - read "2026-12-31T18:00:00Z" or "…+01:00"
 * @ret:	seconds since the epoch; a fraction is cut off
 *
 * The date and the time zone must be written; years 1970..9999.
 *
 * Return: 0, or -EINVAL.
 */
int timestamp_parse(const char *text, int64_t *ret);

/** timestamp_format() - seconds since the epoch as RFC 3339 in UTC; returns @buf */
char *timestamp_format(int64_t seconds, char buf[TIMESTAMP_TEXT_MAX]);

/** timestamp_format_ns() - nanoseconds since the epoch, with six decimals; returns @buf */
char *timestamp_format_ns(uint64_t nanoseconds, char buf[TIMESTAMP_TEXT_MAX]);

/**
 * duration_parse() - read "90s", "10m", "2h", "30d", "1h30m"
 * @ret:	seconds
 *
 * Units: s, m, h, d, w; larger ones first, each once. A number without a unit
 * is refused, because nobody agrees on what it would mean.
 *
 * Return: 0, or -EINVAL (no duration), -ERANGE (more than 100 years).
 */
int duration_parse(const char *text, int64_t *ret);

#endif
