/* SPDX-License-Identifier: Apache-2.0 */
/* A stranger's text inside a format: harmless, escaped, never too long */
#ifndef BAILIWICK_SINK_FIELD_H
#define BAILIWICK_SINK_FIELD_H

#include <stddef.h>

#include "base/buffer.h"

/**
 * field_append() - add @text as people may see it, with a backslash before each of @special
 * @most:	bytes at most, before the backslashes; what is cut ends in "..."
 *
 * Return: 0 or -ENOMEM.
 */
int field_append(struct buffer *out, const char *text, size_t size, const char *special, size_t most);

#endif
