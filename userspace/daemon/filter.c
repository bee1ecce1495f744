// SPDX-License-Identifier: Apache-2.0
/* Which events a client wants to see */
#include "daemon/filter.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/event.h"
#include "event/read.h"
#include "image/glob.h"

#define NS 1000000000u

/* Members of the request that an event's member must equal */
struct word {
	const char *name;
	size_t offset;			/* in struct filter */
	const char *path;		/* in the event; NULL: compared in a way of its own */
};

static const struct word words[] = {
	{ "role", offsetof(struct filter, role), NULL },
	{ "kind", offsetof(struct filter, kind), "kind" },
	{ "id", offsetof(struct filter, id), "id" },
	{ "user", offsetof(struct filter, user), NULL },
	{ "host", offsetof(struct filter, host), "host" },
	{ "operation", offsetof(struct filter, operation), "operation" },
	{ "path", offsetof(struct filter, path), NULL },
};
#define WORD_COUNT (sizeof(words) / sizeof(*words))

static char **word_of(const struct filter *filter, const struct word *word)
{
	return (char **)((char *)filter + word->offset);
}

const char *filter_read(struct filter *filter, const struct message *request)
{
	const char *severity = message_string(request, "severity");
	int64_t number;

	if (message_integer(request, "since", &number) && number > 0)
		filter->since = (uint64_t)number * NS;
	if (message_integer(request, "until", &number) && number > 0)
		filter->until = (uint64_t)number * NS;
	if (severity) {
		filter->severity = event_severity_parse(severity);
		if (filter->severity < 0)
			return "severity is ordinary, serious or special";
	}
	for (size_t i = 0; i < WORD_COUNT; i++) {
		const char *text = message_string(request, words[i].name);

		if (text && !(*word_of(filter, &words[i]) = strdup(text)))
			return "out of memory";
	}
	if (filter->path && (*filter->path != '/' || glob_match(filter->path, "/", 1) < 0))
		return "that is no pattern of a path: absolute, as in a policy";
	return NULL;
}

static bool words_hold(const struct filter *filter, const struct message *event)
{
	for (size_t i = 0; i < WORD_COUNT; i++) {
		const char *wanted = *word_of(filter, &words[i]), *text;

		if (!wanted || !words[i].path)
			continue;
		text = message_string(event, words[i].path);
		if (!text || strcmp(text, wanted))
			return false;
	}
	return true;
}

/* By name, or by number: of the person who logged in, else of the process, as the name is */
static bool user_holds(const char *wanted, const struct message *event)
{
	const char *name = message_string(event, "subject.user");
	char number[24];
	int64_t uid;

	if (name && !strcmp(name, wanted))
		return true;
	if (!message_integer(event, "subject.loginuid", &uid) &&
	    !message_integer(event, "subject.uid", &uid))
		return false;
	snprintf(number, sizeof(number), "%" PRId64, uid);
	return !strcmp(number, wanted);
}

bool filter_wants_time(const struct filter *filter, uint64_t time)
{
	return time >= filter->since && (!filter->until || time <= filter->until);
}

bool filter_wants(const struct filter *filter, uint64_t time, const struct message *event)
{
	const char *text;

	if (!filter_wants_time(filter, time) || !words_hold(filter, event))
		return false;
	if (filter->severity > 0) {
		text = message_string(event, "severity");
		if (!text || event_severity_parse(text) < filter->severity)
			return false;
	}
	if (filter->user && !user_holds(filter->user, event))
		return false;
	if (filter->role) {
		text = message_string(event, "role");
		if (!text || !event_names_role(text, filter->role))
			return false;
	}
	if (filter->path) {
		text = message_string(event, "object.path");
		if (!text || glob_match(filter->path, text, strlen(text)) != 1)
			return false;
	}
	return true;
}

bool filter_is_open(const struct filter *filter)
{
	for (size_t i = 0; i < WORD_COUNT; i++)
		if (*word_of(filter, &words[i]))
			return false;
	return !filter->since && !filter->until && filter->severity <= 0;
}

void filter_done(struct filter *filter)
{
	for (size_t i = 0; i < WORD_COUNT; i++)
		free(*word_of(filter, &words[i]));
	memset(filter, 0, sizeof(*filter));
}
