/* SPDX-License-Identifier: Apache-2.0 */
/* The sections of bailiwickd.conf that say where events are sent on to */
#ifndef BAILIWICK_DAEMON_SINKCONFIG_H
#define BAILIWICK_DAEMON_SINKCONFIG_H

#include <stdbool.h>

#include "daemon/config.h"

#define SINKS_MAX 16

/*
 * Each returns 0, or the number of mistakes, having said what is wrong; the
 * first two after "FILE:LINE: " that the caller wrote.
 */

/** sinkconfig_begin() - a line "[sink NAME]" */
int sinkconfig_begin(struct config *config, char *line, int number, struct buffer *why);

/** sinkconfig_set() - KEY=VALUE in such a section */
int sinkconfig_set(struct sink_options *sink, const char *key, const char *value,
		   struct buffer *why);

/** sinkconfig_check() - at the end: is every section complete? */
int sinkconfig_check(const struct config *config, const char *name, struct buffer *why);

/** config_parse_number(), config_unknown_key() - what config.c shares */
bool config_parse_number(const char *text, uint64_t *ret);
int config_unknown_key(const char *name, const char *near, struct buffer *why);

#endif
