/* SPDX-License-Identifier: Apache-2.0 */
/* Which events are wanted: options that several verbs have */
#include "ctl/eventfilter.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <bailiwick/vocab.h>

#include "base/buffer.h"
#include "base/suggest.h"
#include "ctl/moment.h"
#include "event/event.h"

#define X_TEXT(id, text) text,

static const char *const operations[] = { BAILIWICK_OPERATIONS(X_TEXT) };
static const char *const severities[] = { BAILIWICK_SEVERITIES(X_TEXT) };
static const char *const kinds[] = { EVENT_KINDS(X_TEXT) };

/* One of the words, or the end of the program with all of them and the nearest */
static const char *one_of(const char *const *words, size_t count, const char *text, const char *what,
			  struct argp_state *state)
{
	struct buffer list = { 0 };
	struct suggest near;

	suggest_init(&near, text);
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(words[i], text)) {
			buffer_done(&list);
			return text;
		}
		suggest_offer(&near, words[i]);
		buffer_printf(&list, "%s%s", i ? ", " : "", words[i]);
	}
	argp_error(state, "'%s' is no %s: %s%s%s%s", text, what, list.data ? list.data : "",
		   near.best ? "; did you mean '" : "", near.best ? near.best : "",
		   near.best ? "'?" : "");
	buffer_done(&list);
	return text;
}
#define ONE_OF(words, text, what, state) \
	one_of(words, sizeof(words) / sizeof(*(words)), text, what, state)

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct event_filter *filter = state->input;

	switch (key) {
	case 's':
		if (!moment_parse("--since", arg, true, &filter->since))
			exit(EX_USAGE);
		return 0;
	case 'U':
		if (!moment_parse("--until", arg, true, &filter->until))
			exit(EX_USAGE);
		return 0;
	case 'S':
		filter->severity = ONE_OF(severities, arg, "severity", state);
		return 0;
	case 'k':
		filter->kind = ONE_OF(kinds, arg, "kind of event", state);
		return 0;
	case 'o':
		filter->operation = ONE_OF(operations, arg, "operation", state);
		return 0;
	case 'r':
		filter->role = arg;
		return 0;
	case 'u':
		filter->user = arg;
		return 0;
	case 'H':
		filter->host = arg;
		return 0;
	case 'p':
		if (*arg != '/')
			argp_error(state, "'%s' is no pattern of a path: it begins with '/'", arg);
		filter->path = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "since", 's', "T", 0, "From then on: 2026-12-31T18:00:00Z, or 30m, 2h, 7d ago", 0 },
	{ "until", 'U', "T", 0, "Not later than then", 0 },
	{ "user", 'u', "NAME", 0, "Of this person, by name or number", 0 },
	{ "host", 'H', "NAME", 0, "Of this machine", 0 },
	{ "operation", 'o', "OP", 0, "Of this operation: write, exec, net-connect, …", 0 },
	{ "path", 'p', "PATTERN", 0, "About files of this pattern, as in a policy", 0 },
	{ "severity", 'S', "S", 0, "At least: ordinary, serious or special", 0 },
	{ "role", 'r', "ROLE", 0, "Of subjects in this role", 0 },
	{ "kind", 'k', "KIND", 0, "Of this kind: denial, policy-applied, assigned, …", 0 },
	{ 0 },
};

const struct argp event_filter_argp = { .options = options, .parser = parse_option };

int event_filter_request(const struct event_filter *filter, struct message *request)
{
	const struct { const char *key, *value; } words[] = {
		{ "severity", filter->severity }, { "role", filter->role }, { "kind", filter->kind },
		{ "user", filter->user }, { "host", filter->host },
		{ "operation", filter->operation }, { "path", filter->path },
	};
	int r = filter->until >= 0 ? message_set_integer(request, "until", filter->until) : 0;

	for (size_t i = 0; r == 0 && i < sizeof(words) / sizeof(*words); i++)
		if (words[i].value)
			r = message_set_string(request, words[i].key, words[i].value);
	return r;
}
