/* SPDX-License-Identifier: Apache-2.0 */
/* Answers for host names over the end of a controller, and for people */
#ifndef BAILIWICK_DAEMON_ANSWERS_STORE_H
#define BAILIWICK_DAEMON_ANSWERS_STORE_H

#include "daemon/answers.h"

/**
 * answers_save() - replace @path, without waiting for the disk
 * @now:	of CLOCK_BOOTTIME
 * @wall:	the same moment, seconds since the epoch
 *
 * A file that is lost with the power costs a look-up, no more.
 * Return: 0 or a negative errno.
 */
int answers_save(const struct answers *answers, const char *path, int64_t now, int64_t wall);

/**
 * answers_load() - read it again; all are due at once
 *
 * What has ended meanwhile, or is from the future, is left out.
 * Return: 0; positive, the number of lines that made no sense; a negative errno.
 */
int answers_load(struct answers *answers, const char *path, int64_t now, int64_t wall);

/** answers_describe() - a JSON array for `status`, of the names in force */
void answers_describe(const struct answers *answers, int64_t now, int64_t wall, struct buffer *out);

#endif
