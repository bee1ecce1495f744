/* SPDX-License-Identifier: Apache-2.0 */
/* A point in time as people type it: a date, or so long from now */
#ifndef BAILIWICK_CTL_MOMENT_H
#define BAILIWICK_CTL_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

/**
 * moment_parse() - read "2026-12-31T18:00:00Z", or "2h" counted from now
 * @past:	a duration reaches back (--since) instead of ahead (--until)
 * @ret:	seconds since the epoch
 *
 * Return: true, or false after complaining with the name of @option.
 */
bool moment_parse(const char *option, const char *text, bool past, int64_t *ret);

#endif
