/* SPDX-License-Identifier: Apache-2.0 */
/* Does a path match a pattern: the reference, written without the automaton */
#ifndef BAILIWICK_IMAGE_GLOB_H
#define BAILIWICK_IMAGE_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* Alternatives a pattern may spell out with {a,b} */
#define GLOB_ALTERNATIVES_MAX 4096

/**
 * glob_match() - match one path
 * @pattern:	absolute pattern:
 *		- `*`, `?`, `[a-z]`, `[!a]`, `[^a]` stay within a name;
 *		- a name of two stars alone stands for any number of names, none
 *		too: behind "/dir/" it is the directory and all below it, between
 *		"a/" and "/b" it matches a/b, a/x/b, a/x/y/b;
 *		- two stars beside other characters match any bytes, '/' too;
 *		- `{a,b}` is either, and may be nested; `\` quotes;
 *		- "/" is the root directory.
 *		Names are bytes, not characters.
 * @path:	canonical path; the root directory is "/" or ""
 * @size:	bytes of @path
 *
 * Return: 1 when it matches, 0 when not; -ENOMEM; -EINVAL for a pattern that is
 * none; -E2BIG for more than GLOB_ALTERNATIVES_MAX alternatives.
 */
int glob_match(const char *pattern, const char *path, size_t size);

#endif
