/* SPDX-License-Identifier: Apache-2.0 */
/* Which events are wanted: options that several verbs have */
#ifndef BAILIWICK_CTL_EVENTFILTER_H
#define BAILIWICK_CTL_EVENTFILTER_H

#include <argp.h>
#include <stdint.h>

#include "base/message.h"

/**
 * struct event_filter - what was asked for; NULL and -1 for anything
 * @since:	seconds since the epoch, as @until
 */
struct event_filter {
	const char *severity;
	const char *role;
	const char *kind;
	const char *user;
	const char *host;
	const char *operation;
	const char *path;
	int64_t since;
	int64_t until;
};

#define EVENT_FILTER_ANY { .since = -1, .until = -1 }

/*
 * The options, to be a child of a verb's argp; the verb's parser gives it its
 * filter at ARGP_KEY_INIT: state->child_inputs[0] = &filter.
 */
extern const struct argp event_filter_argp;

/** event_filter_request() - write all of it but @since into a request; 0 or a negative errno */
int event_filter_request(const struct event_filter *filter, struct message *request);

#endif
