/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick policy log: what changed, when, and who did it */
#include <errno.h>
#include <stdlib.h>
#include <sysexits.h>

#include "ctl/arguments.h"
#include "ctl/client.h"
#include "ctl/field.h"
#include "ctl/output.h"
#include "ctl/verb.h"

#define R "record."

struct log {
	struct arguments common;
	int64_t limit;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct log *log = state->input;
	char *end;

	if (key != 'n')
		return arguments_parse(&log->common, key, arg, state);
	errno = 0;
	log->limit = strtoll(arg, &end, 10);
	if (errno || *end || log->limit < 1)
		argp_error(state, "'%s' is no number of entries", arg);
	return 0;
}

static const struct argp_option options[] = {
	{ "lines", 'n', "N", 0, "The last N entries", 0 },
	ARGUMENTS_JSON,
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.doc = "Policies applied and roles given and taken, newest last, with the outcome and who "
	       "asked for it.\vWith --json one object per line.",
};

static void show(struct buffer *out, const struct message *m)
{
	field_add_time(out, m, R "time");
	buffer_printf(out, "  v%lld  ", (long long)field_number(m, R "version"));
	field_add_text(out, m, R "change");
	if (message_has(m, R "detail")) {
		buffer_append_byte(out, ' ');
		field_add_text(out, m, R "detail");
	}
	buffer_append_text(out, ": ");
	field_add_text(out, m, R "outcome");
	buffer_printf(out, "  (uid %lld", (long long)field_number(m, R "uid"));
	/* The login uid says who became root. */
	if (message_has(m, R "loginuid"))
		buffer_printf(out, ", login uid %lld", (long long)field_number(m, R "loginuid"));
	buffer_append_text(out, ")\n");
}

struct listing {
	struct buffer *out;
	bool json;
};

static int take_record(void *context, const struct message *message)
{
	struct listing *listing = context;

	if (listing->json) {
		field_add_json(listing->out, message, "record");
		buffer_append_byte(listing->out, '\n');
	} else {
		show(listing->out, message);
	}
	return 0;
}

int verb_policy_log(const struct invocation *invocation)
{
	_cleanup_(message_freep) struct message *request = NULL;
	struct log log = { 0 };
	struct buffer out = { 0 };
	struct listing listing = { .out = &out };
	int code;

	argp_parse(&argp, invocation->argc, invocation->argv, ARGP_IN_ORDER, NULL, &log);
	listing.json = log.common.json;
	request = request_new("log");
	if (!request || (log.limit && message_set_integer(request, "limit", log.limit)))
		return EX_OSERR;
	code = client_call(invocation->socket, request, CLIENT_PATIENCE, take_record, &listing,
			   NULL);
	return output_finish(&out, code);
}
