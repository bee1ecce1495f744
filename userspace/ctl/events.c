/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick events: denials and changes, through restarts of the controller too */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include <bailiwick/vocab.h>

#include "base/suggest.h"
#include "base/timestamp.h"
#include "ctl/arguments.h"
#include "ctl/client.h"
#include "ctl/field.h"
#include "ctl/moment.h"
#include "ctl/output.h"
#include "ctl/verb.h"
#include "event/event.h"

#define R "record."

/* Seconds asked for again after a restart: clocks of kernel and journal differ a little */
#define OVERLAP 120
/* Shown first by --follow when nothing else is said */
#define FOLLOW_LINES 10
/* Between two attempts to reach a controller that is away */
#define RETRY_FIRST_MS 100
#define RETRY_MOST_MS 2000

/**
 * struct events - what is wanted, and how far we are
 * @since:	seconds since the epoch, -1 for everything there is
 * @last_sequence: journal number of the last event printed, -1 before the first
 * @journal:	front of that event's id: which journal the number belongs to
 * @last_time:	its time, seconds since the epoch
 * @started:	when the first connection was made, 0 before
 * @shown:	an event was printed
 */
struct events {
	struct arguments common;
	bool follow;
	const char *severity;
	const char *role;
	const char *kind;
	const char *id;
	const char *user;
	const char *host;
	const char *operation;
	const char *path;
	int64_t since;
	int64_t until;
	int64_t limit;
	int64_t last_sequence;
	char journal[64];
	int64_t last_time;
	int64_t started;
	bool shown;
	const struct style *style;
};

static void parse_severity(struct events *events, const char *text, struct argp_state *state)
{
	struct suggest suggest;
	uint32_t i;

	events->severity = text;
	if (event_severity_parse(text) >= 0)
		return;
	suggest_init(&suggest, text);
	for (i = 0; i < BAILIWICK_SEVERITY_COUNT; i++)
		suggest_offer(&suggest, event_severity_text(i));
	argp_error(state, "'%s' is no severity: ordinary, serious or special%s%s%s", text,
		   suggest.best ? "; did you mean '" : "", suggest.best ? suggest.best : "",
		   suggest.best ? "'?" : "");
}

static void parse_kind(struct events *events, const char *text, struct argp_state *state)
{
	struct buffer list = { 0 };
	uint32_t i;

	events->kind = text;
	for (i = 0; i < EVENT_KIND_COUNT; i++) {
		if (!strcmp(event_kind_text((enum event_kind)i), text))
			return buffer_done(&list);
		buffer_printf(&list, "%s%s", i ? ", " : "", event_kind_text((enum event_kind)i));
	}
	argp_error(state, "'%s' is no kind of event: %s", text, list.data ? list.data : "");
	buffer_done(&list);
}

static void parse_limit(struct events *events, const char *text, struct argp_state *state)
{
	char *end;

	errno = 0;
	events->limit = strtoll(text, &end, 10);
	if (errno || *end || events->limit < 1)
		argp_error(state, "'%s' is no number of events", text);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct events *events = state->input;

	switch (key) {
	case 'f':
		events->follow = true;
		return 0;
	case 's':
		if (!moment_parse("--since", arg, true, &events->since))
			exit(EX_USAGE);
		return 0;
	case 'S':
		parse_severity(events, arg, state);
		return 0;
	case 'r':
		events->role = arg;
		return 0;
	case 'k':
		parse_kind(events, arg, state);
		return 0;
	case 'i':
		events->id = arg;
		return 0;
	case 'U':
		if (!moment_parse("--until", arg, true, &events->until))
			exit(EX_USAGE);
		return 0;
	case 'u':
		events->user = arg;
		return 0;
	case 'H':
		events->host = arg;
		return 0;
	case 'o':
		events->operation = arg;
		return 0;
	case 'p':
		events->path = arg;
		return 0;
	case 'n':
		parse_limit(events, arg, state);
		return 0;
	default:
		return arguments_parse(&events->common, key, arg, state);
	}
}

static const struct argp_option options[] = {
	{ "follow", 'f', NULL, 0, "Go on with what happens from now on", 0 },
	{ "since", 's', "T", 0, "From then on: 2026-12-31T18:00:00Z, or 30m, 2h, 7d ago", 0 },
	{ "until", 'U', "T", 0, "Not later than then", 0 },
	{ "user", 'u', "NAME", 0, "Of this person", 0 },
	{ "host", 'H', "NAME", 0, "Of this machine", 0 },
	{ "operation", 'o', "OP", 0, "Of this operation: write, exec, net-connect, …", 0 },
	{ "path", 'p', "PATTERN", 0, "About files of this pattern, as in a policy", 0 },
	{ "severity", 'S', "S", 0, "At least: ordinary, serious or special", 0 },
	{ "role", 'r', "ROLE", 0, "Of subjects in this role", 0 },
	{ "kind", 'k', "KIND", 0, "Of this kind: denial, policy-applied, assigned, …", 0 },
	{ "id", 'i', "ID", 0, "This event alone", 0 },
	{ "lines", 'n', "N", 0, "The last N of those asked for", 0 },
	ARGUMENTS_JSON,
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
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

/* "JOURNAL-NUMBER" and the number; a record without one cannot be placed */
static bool place(struct events *events, const struct message *m, bool *ret_seen)
{
	const char *id = message_string(m, R "id");
	const char *dash = id ? strrchr(id, '-') : NULL;
	size_t size = dash ? (size_t)(dash - id) : 0;
	bool same_journal;
	int64_t sequence;

	*ret_seen = false;
	if (!dash || size >= sizeof(events->journal) || !message_integer(m, R "seq", &sequence))
		return false;
	same_journal = events->last_sequence >= 0 && strlen(events->journal) == size &&
		       !memcmp(events->journal, id, size);
	*ret_seen = same_journal && sequence <= events->last_sequence;
	if (*ret_seen)
		return true;
	memcpy(events->journal, id, size);
	events->journal[size] = '\0';
	events->last_sequence = sequence;
	if (!message_string(m, R "time") ||
	    timestamp_parse(message_string(m, R "time"), &events->last_time))
		events->last_time = (int64_t)time(NULL);
	return true;
}

static int take_record(void *context, const struct message *m)
{
	struct events *events = context;
	struct buffer out = { 0 };
	bool seen;

	place(events, m, &seen);
	if (seen)
		return 0;
	events->shown = true;
	if (events->common.json) {
		field_add_json(&out, m, "record");
		buffer_append_byte(&out, '\n');
	} else {
		print_text(events, m, &out);
	}
	return output_finish(&out, 0);
}

static struct message *build_request(const struct events *events)
{
	_cleanup_(message_freep) struct message *request = request_new("events");
	int64_t since = events->since;
	int64_t limit = events->limit;
	int answer;

	if (!request)
		return NULL;
	if (events->started) {
		/* What is shown already comes again and is left out by its number. */
		since = events->last_sequence >= 0 ? events->last_time - OVERLAP : events->started;
		limit = 0;
	} else if (events->follow && since < 0 && !limit && !events->id) {
		limit = FOLLOW_LINES;
	}
	answer = message_set_boolean(request, "follow", events->follow);
	if (!answer && since >= 0)
		answer = message_set_integer(request, "since", since);
	if (!answer && events->severity)
		answer = message_set_string(request, "severity", events->severity);
	if (!answer && events->role)
		answer = message_set_string(request, "role", events->role);
	if (!answer && events->kind)
		answer = message_set_string(request, "kind", events->kind);
	if (!answer && events->id)
		answer = message_set_string(request, "id", events->id);
	if (!answer && events->until >= 0)
		answer = message_set_integer(request, "until", events->until);
	if (!answer && events->user)
		answer = message_set_string(request, "user", events->user);
	if (!answer && events->host)
		answer = message_set_string(request, "host", events->host);
	if (!answer && events->operation)
		answer = message_set_string(request, "operation", events->operation);
	if (!answer && events->path)
		answer = message_set_string(request, "path", events->path);
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
	if (answer < 0 && !events->follow) {
		complain("the controller's answer broke off: %s", message_problem(answer));
		return EX_UNAVAILABLE;
	}
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

int verb_events(const struct invocation *invocation)
{
	struct events events = { .since = -1, .until = -1, .last_sequence = -1, .style = style_for(stdout) };
	int64_t before;
	int code, wait = RETRY_FIRST_MS;

	argp_parse(&argp, invocation->argc, invocation->argv, ARGP_IN_ORDER, NULL, &events);
	for (;;) {
		before = events.last_sequence;
		code = talk(&events, invocation->socket);
		if (!code && events.id && !events.shown) {
			complain("there is no event %s in the journal", events.id);
			return 1;
		}
		if (code >= 0)
			return code;
		sleep_ms(wait);
		wait = events.last_sequence != before ? RETRY_FIRST_MS : wait * 2;
		if (wait > RETRY_MOST_MS)
			wait = RETRY_MOST_MS;
	}
}
