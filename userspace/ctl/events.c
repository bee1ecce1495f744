/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick events: denials and changes, through restarts of the controller too */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include <bailiwick/vocab.h>

#include "ctl/arguments.h"
#include "ctl/client.h"
#include "ctl/eventfilter.h"
#include "ctl/field.h"
#include "ctl/output.h"
#include "ctl/place.h"
#include "ctl/summary.h"
#include "ctl/verb.h"
#include "ctl/why.h"
#include "event/event.h"

#define R "record."

/* Shown first by --follow when nothing else is said */
#define FOLLOW_LINES 10
/* Names of each kind in a summary, for people and for programs */
#define SUMMARY_LINES 10
#define SUMMARY_JSON 100
/* Between two attempts to reach a controller that is away */
#define RETRY_FIRST_MS 100
#define RETRY_MOST_MS 2000

/**
 * struct events - what is wanted, and how far we are
 * @started:	when the first connection was made, seconds since the epoch, 0 before
 * @shown:	an event was printed
 * @summary:	of them, where only that is wanted
 */
struct events {
	struct arguments common;
	struct event_filter filter;
	bool follow;
	bool count;
	bool explain;
	const char *id;
	int64_t limit;
	struct place place;
	int64_t started;
	bool shown;
	const struct style *style;
	struct summary summary;
	struct why why;
};

static void parse_limit(struct events *events, const char *text, struct argp_state *state)
{
	char *end;

	errno = 0;
	events->limit = strtoll(text, &end, 10);
	if (errno || *end || events->limit < 1)
		argp_error(state, "'%s' is no number of events", text);
}

/* What cannot go together is said, not guessed */
static void check(const struct events *events, struct argp_state *state)
{
	if (events->follow && events->filter.until >= 0)
		argp_error(state, "--follow goes on, --until ends: one of them");
	if (events->follow && events->count)
		argp_error(state, "--count wants an end; `bailiwick top` counts as it happens");
	if (events->count && events->explain)
		argp_error(state, "--explain is about single events, --count about all of them");
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct events *events = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &events->filter;
		return 0;
	case 'f':
		events->follow = true;
		return 0;
	case 'c':
		events->count = true;
		return 0;
	case 'e':
		events->explain = true;
		return 0;
	case 'i':
		events->id = arg;
		return 0;
	case 'n':
		parse_limit(events, arg, state);
		return 0;
	case ARGP_KEY_END:
		check(events, state);
		break;
	default:
		break;
	}
	return arguments_parse(&events->common, key, arg, state);
}

static const struct argp_option options[] = {
	{ "follow", 'f', NULL, 0, "Go on with what happens from now on", 0 },
	{ "count", 'c', NULL, 0, "How many, how fast, of whom and about what, instead of each", 0 },
	{ "explain", 'e', NULL, 0, "Behind each denial: the rule, who may, what would allow it", 0 },
	{ "id", 'i', "ID", 0, "This event alone", 0 },
	{ "lines", 'n', "N", 0, "The last N of those asked for", 0 },
	ARGUMENTS_JSON,
	{ 0 },
};

static const struct argp_child children[] = { { &event_filter_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.children = children,
	.doc = "Denials and changes from the controller's journal, oldest first, one line each. "
	       "With --follow a restart of the controller is waited for, and nothing is missed or "
	       "shown twice.\vWith --json one object per line.",
};

static int severity_of(const struct message *m)
{
	const char *severity = message_string(m, R "severity");
	const char *kind = message_string(m, R "kind");

	/* Of events that are no denials the severity says little. */
	if (!severity || !kind || strcmp(kind, "denial"))
		return -1;
	return event_severity_parse(severity);
}

static void print_text(const struct events *events, const struct message *m, struct buffer *out)
{
	const char *colour = "";
	int severity = severity_of(m);

	if (severity >= BAILIWICK_SEVERITY_SERIOUS)
		colour = events->style->bad;
	else if (severity >= 0)
		colour = events->style->warn;
	buffer_append_text(out, colour);
	if (message_string(m, "text"))
		field_add_text(out, m, "text");
	else
		field_add_json(out, m, "record");
	buffer_append_text(out, *colour ? events->style->off : "");
	buffer_append_byte(out, '\n');
}

/* The event as it is, with what is behind it as one more member */
static int print_json(struct events *events, const struct message *m, struct buffer *out)
{
	int code = 0;

	field_add_json(out, m, "record");
	if (events->explain && !out->failed && out->size && out->data[out->size - 1] == '}') {
		out->data[out->size - 1] = ',';
		buffer_append_text(out, "\"explanation\":");
		code = why_json(&events->why, m, out);
		buffer_append_byte(out, '}');
	}
	buffer_append_byte(out, '\n');
	return code;
}

static int take_record(void *context, const struct message *m)
{
	struct events *events = context;
	struct buffer out = { 0 };
	int code = 0;

	if (!place_take(&events->place, m))
		return 0;
	events->shown = true;
	if (events->count)
		return summary_add(&events->summary, m) < 0 ? out_of_memory() : 0;
	if (events->common.json)
		code = print_json(events, m, &out);
	else
		print_text(events, m, &out);
	if (!events->common.json && events->explain)
		code = why_text(&events->why, m, &out);
	return output_finish(&out, code);
}

static struct message *build_request(const struct events *events)
{
	_cleanup_(message_freep) struct message *request = request_new("events");
	int64_t since = events->filter.since;
	int64_t limit = events->limit;
	int answer;

	if (!request)
		return NULL;
	if (events->started) {
		/* What is shown already comes again and is left out by its number. */
		since = events->place.sequence >= 0 ? events->place.time - PLACE_OVERLAP : events->started;
		limit = 0;
	} else if (events->follow && since < 0 && !limit && !events->id) {
		limit = FOLLOW_LINES;
	}
	answer = message_set_boolean(request, "follow", events->follow);
	if (!answer)
		answer = event_filter_request(&events->filter, request);
	if (!answer && since >= 0)
		answer = message_set_integer(request, "since", since);
	if (!answer && events->id)
		answer = message_set_string(request, "id", events->id);
	if (!answer && limit)
		answer = message_set_integer(request, "limit", limit);
	if (!answer)
		return TAKE_PTR(request);
	complain("that cannot be asked: %s", strerror(-answer));
	return NULL;
}

/* A finished or broken conversation: the exit code, or -1 to try again */
static int judge(const struct events *events, int answer, const struct message *final)
{
	int code;

	if (answer > 0)
		return answer;
	if (answer < 0 && !events->follow)
		return client_broken(answer, CLIENT_PATIENCE);
	if (answer < 0)
		return -1;
	code = client_verdict(final);
	/* Following ends well only because the controller stops. */
	return events->follow && !code ? -1 : code;
}

/* One connection: the exit code, or -1 when it ended and another may be tried */
static int talk(struct events *events, const char *path)
{
	_cleanup_(message_freep) struct message *request = NULL;
	_cleanup_(message_freep) struct message *final = NULL;
	_cleanup_close_ int fd = client_connect(path);
	bool first = !events->started;
	int answer;

	if (fd < 0 && (first || fd == -EACCES || fd == -EPERM))
		return client_away(path, fd);
	if (fd < 0)
		return -1;
	request = build_request(events);
	if (!request)
		return EX_OSERR;
	if (first)
		events->started = (int64_t)time(NULL);
	else
		complain("the controller is back");
	answer = client_ask(fd, request,
			    events->follow ? CLIENT_PATIENCE_FOREVER : CLIENT_PATIENCE,
			    take_record, events, &final);
	answer = judge(events, answer, final);
	if (answer < 0)
		complain("the controller went away; waiting for it");
	return answer;
}

static void sleep_ms(int ms)
{
	struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	nanosleep(&time, NULL);
}

/* All are counted: the end of a good conversation */
static int print_summary(struct events *events)
{
	struct buffer out = { 0 };

	if (events->common.json) {
		summary_json(&events->summary, SUMMARY_JSON, 0, &out);
		buffer_append_byte(&out, '\n');
	} else {
		summary_text(&events->summary, SUMMARY_LINES, &out);
	}
	return output_finish(&out, 0);
}

static int run(struct events *events, const char *socket)
{
	int code, wait = RETRY_FIRST_MS;
	int64_t before;

	for (;;) {
		before = events->place.sequence;
		code = talk(events, socket);
		if (!code && events->id && !events->shown) {
			complain("there is no event %s in the journal", events->id);
			return 1;
		}
		if (!code && events->count)
			return print_summary(events);
		if (code >= 0)
			return code;
		sleep_ms(wait);
		wait = events->place.sequence != before ? RETRY_FIRST_MS : wait * 2;
		if (wait > RETRY_MOST_MS)
			wait = RETRY_MOST_MS;
	}
}

static int show(struct events *events, const char *socket)
{
	int code;

	place_init(&events->place);
	events->style = style_for(stdout);
	events->why.socket = socket;
	code = run(events, socket);
	summary_done(&events->summary);
	why_done(&events->why);
	return code;
}

int verb_events(const struct invocation *invocation)
{
	struct events events = { .filter = EVENT_FILTER_ANY };

	argp_parse(&argp, invocation->argc, invocation->argv, ARGP_IN_ORDER, NULL, &events);
	return show(&events, invocation->socket);
}

/* --- bailiwick explain: one event of them, with what is behind it ------------------- */

static error_t parse_explain(int key, char *arg, struct argp_state *state)
{
	return arguments_parse(state->input, key, arg, state);
}

static const struct argp_option explain_options[] = { ARGUMENTS_JSON, { 0 } };

static const struct argp explain_argp = {
	.options = explain_options,
	.parser = parse_explain,
	.args_doc = "EVENT-ID",
	.doc = "Why this was denied: the line of the policy, which roles may, and what would allow "
	       "it.\vExit: 0, 1 when there is no such event.",
};

int verb_explain(const struct invocation *invocation)
{
	struct events events = { .filter = EVENT_FILTER_ANY, .explain = true,
				 .common = { .least = 1, .most = 1 } };

	argp_parse(&explain_argp, invocation->argc, invocation->argv, ARGP_IN_ORDER, NULL,
		   &events.common);
	events.id = events.common.words[0];
	return show(&events, invocation->socket);
}
