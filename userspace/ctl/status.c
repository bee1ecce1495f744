/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick status: what is enforced here, for a person at three in the morning */
#include <string.h>
#include <sysexits.h>

#include "base/escape.h"
#include "base/sha256.h"
#include "ctl/arguments.h"
#include "ctl/client.h"
#include "ctl/field.h"
#include "ctl/names.h"
#include "ctl/output.h"
#include "ctl/verb.h"
#include "load/enforcement.h"
#include "load/unmediated.h"

#define R "record."
#define EXPLAINED "/usr/share/doc/bailiwick/NOT-MEDIATED.md"

/* Blanks in front of a value: labels stand in a column of this width */
#define LABEL_WIDTH 12

struct status {
	struct message *record;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	return arguments_parse(state->input, key, arg, state);
}

static const struct argp_option options[] = { ARGUMENTS_JSON, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.doc = "What is enforced on this machine: policy, hooks, module, losses, and everything "
	       "that is NOT ENFORCED.\vExit: 0, 1 enforcement failed, 69 the controller is away "
	       "(what the kernel goes on enforcing is shown where it may be read).",
};

static void label(struct buffer *out, const char *text)
{
	buffer_printf(out, "%-*s", LABEL_WIDTH, text);
}

static void add_since(struct buffer *out, const struct message *m, const char *path)
{
	if (!message_has(m, path))
		return;
	buffer_append_text(out, ", since ");
	field_add_time(out, m, path);
}

static void show_state(struct buffer *out, const struct message *m, const struct style *style)
{
	const char *state = message_string(m, R "state");
	const char *colour = style->bad;

	label(out, "state");
	if (state && !strcmp(state, "enforcing"))
		colour = style->good;
	else if (state && !strcmp(state, "unconfined"))
		colour = style->warn;
	buffer_append_text(out, colour);
	if (state && !strcmp(state, "unconfined"))
		buffer_append_text(out, "UNCONFINED: no policy has been applied, everybody is unconfined");
	else if (state && !strcmp(state, "failed"))
		buffer_append_text(out, "FAILED: nothing can be relied upon");
	else
		buffer_add_shown(out, state);
	buffer_append_text(out, style->off);
	buffer_append_byte(out, '\n');
	if (message_has(m, R "problem")) {
		label(out, "problem");
		buffer_append_text(out, style->bad);
		field_add_text(out, m, R "problem");
		buffer_append_text(out, style->off);
		buffer_append_byte(out, '\n');
	}
}

static void show_numbers(struct buffer *out, const struct message *m)
{
	label(out, "");
	buffer_add_count(out, (size_t)field_number(m, R "policy.roles"), "role");
	buffer_append_text(out, " in ");
	buffer_add_count(out, (size_t)field_number(m, R "policy.rows"), "row");
	buffer_append_text(out, ", ");
	buffer_add_count(out, (size_t)field_number(m, R "policy.labels"), "label");
	buffer_append_text(out, ", ");
	buffer_add_count(out, (size_t)field_number(m, R "policy.subjects"), "subject");
	buffer_append_text(out, ", ");
	buffer_add_size(out, (unsigned long long)field_number(m, R "policy.size"));
	buffer_append_text(out, " of ");
	buffer_add_size(out, (unsigned long long)field_number(m, R "slot_size"));
	buffer_append_byte(out, '\n');
}

static void show_policy(struct buffer *out, const struct message *m)
{
	const char *digest = message_string(m, R "policy.digest");

	if (!message_has(m, R "policy"))
		return;
	label(out, "policy");
	buffer_printf(out, "version %lld", (long long)field_number(m, R "policy.version"));
	if (digest)
		buffer_printf(out, ", sha256 %.16s…", digest);
	add_since(out, m, R "policy.since");
	buffer_append_byte(out, '\n');
	/* After a restart the controller may not know yet what the image says. */
	if (message_has(m, R "policy.rows"))
		show_numbers(out, m);
	if (message_has(m, R "changing")) {
		label(out, "changing");
		field_add_text(out, m, R "changing");
		buffer_append_byte(out, '\n');
	}
}

static void show_trust(struct buffer *out, const struct message *m, const struct style *style)
{
	long long left = (long long)field_number(m, R "module.seconds_left");

	label(out, "trust");
	if (message_boolean(m, R "module.recovery"))
		buffer_printf(out, "%sRECOVERY%s: booted to take neither keys nor a seal; unsigned policies "
			      "count", style->bad, style->off);
	else if (!message_boolean(m, R "module.keys"))
		buffer_printf(out, "%sno keys%s: unsigned policies count", style->warn, style->off);
	else
		buffer_printf(out, "keys of %lld author(s) and %lld approver(s); the policy in force is "
			      "%s%s%s", (long long)field_number(m, R "module.authors"),
			      (long long)field_number(m, R "module.approvers"),
			      message_boolean(m, R "module.signed") ? style->good : style->warn,
			      message_boolean(m, R "module.signed") ? "signed" : "NOT signed", style->off);
	buffer_append_byte(out, '\n');
	if (!left)
		return;
	label(out, "waiting");
	buffer_printf(out, "%sthe policy before comes back in %lld s%s, unless you run: bailiwick policy "
		      "confirm\n", style->warn, left, style->off);
}

static void show_module(struct buffer *out, const struct message *m, const struct style *style)
{
	label(out, "hooks");
	buffer_printf(out, "%lld attached", (long long)field_number(m, R "hooks.attached"));
	if (message_boolean(m, R "hooks.tested"))
		buffer_printf(out, "; %lld denied their canary, %lld cannot be tried",
			      (long long)field_number(m, R "hooks.denied_canary"),
			      (long long)field_number(m, R "hooks.not_tried"));
	else
		buffer_printf(out, "; %snot tested by the canary%s", style->warn, style->off);
	buffer_append_byte(out, '\n');
	if (message_has(m, R "recheck")) {
		label(out, "open files");
		buffer_append_text(out, message_boolean(m, R "recheck.attached") ?
				   "judged at each use: " : "not judged again: ");
		field_add_text(out, m, R "recheck.why");
		buffer_append_byte(out, '\n');
	}
	label(out, "module");
	if (message_boolean(m, R "module.sealed"))
		buffer_printf(out, "%ssealed%s until reboot", style->good, style->off);
	else
		buffer_printf(out, "%sunsealed%s: %s", style->warn, style->off,
			      !message_boolean(m, R "module.present") ?
			      "not loaded; root can take enforcement down" :
			      message_boolean(m, R "module.held") ?
			      "holds slots and links, lets go when root asks" :
			      "loaded, holds nothing");
	buffer_append_byte(out, '\n');
	if (message_boolean(m, R "module.held"))
		show_trust(out, m, style);
}

static void show_events(struct buffer *out, const struct message *m, const struct style *style)
{
	long long lost = (long long)field_number(m, R "events.lost");
	long long full = (long long)field_number(m, R "events.ring_full");
	long long unwritten = (long long)field_number(m, R "events.unwritten");
	long long counters = (long long)field_number(m, R "events.counters_full");

	label(out, "events");
	buffer_printf(out, "%lld denials counted (%lld more by the hook self-test), %lld events "
		      "recorded, ", (long long)field_number(m, R "events.denials"),
		      (long long)field_number(m, R "events.self_test"),
		      (long long)field_number(m, R "events.recorded"));
	if (lost || full || counters || unwritten)
		buffer_printf(out, "%s%lld lost%s (ring full %lld times, counters full %lld times, "
			      "%lld not written)", style->warn, lost, style->off, full, counters,
			      unwritten);
	else
		buffer_append_text(out, "none lost");
	buffer_append_byte(out, '\n');
	label(out, "journal");
	buffer_printf(out, "%lld records, ", (long long)field_number(m, R "journal.records"));
	buffer_add_size(out, (unsigned long long)field_number(m, R "journal.bytes"));
	if (message_has(m, R "journal.head")) {
		buffer_append_text(out, ", head ");
		field_add_text(out, m, R "journal.head");
	}
	if (message_has(m, R "journal.problem")) {
		buffer_printf(out, "; %s", style->bad);
		field_add_text(out, m, R "journal.problem");
		buffer_append_text(out, style->off);
	}
	buffer_append_byte(out, '\n');
}

/* A line of its own: a past trouble must not read as if the sink were down */
static void show_trouble(struct buffer *out, const struct message *m, size_t i,
			 const struct style *style)
{
	char path[64];
#define SINK(field) (snprintf(path, sizeof(path), R "sinks.%zu." field, i), path)
	bool recovered = message_boolean(m, SINK("recovered"));

	label(out, "");
	buffer_printf(out, "%s%s", recovered ? style->warn : style->bad,
		      recovered ? "recovered; last trouble " : "trouble ");
	field_add_time(out, m, SINK("last_error"));
	buffer_append_text(out, ": ");
	field_add_text(out, m, SINK("error"));
	buffer_append_text(out, style->off);
	buffer_append_byte(out, '\n');
#undef SINK
}

static void show_sink(struct buffer *out, const struct message *m, size_t i,
		      const struct style *style)
{
	char path[64];
#define SINK(field) (snprintf(path, sizeof(path), R "sinks.%zu." field, i), path)
	long long lag = (long long)field_number(m, SINK("lag"));
	long long dead = (long long)field_number(m, SINK("dead"));
	long long missed = (long long)field_number(m, SINK("missed"));

	label(out, i ? "" : "sinks");
	field_add_text(out, m, SINK("name"));
	buffer_append_text(out, " (");
	field_add_text(out, m, SINK("type"));
	buffer_printf(out, "): delivered up to %lld, ", (long long)field_number(m, SINK("cursor")));
	if (lag)
		buffer_printf(out, "%s%lld behind%s", style->warn, lag, style->off);
	else
		buffer_append_text(out, "nothing waits");
	if (dead || missed)
		buffer_printf(out, "; %s%lld dead letters, %lld missed%s", style->bad, dead, missed,
			      style->off);
	if (message_has(m, SINK("last_delivery"))) {
		buffer_append_text(out, "; last ");
		field_add_text(out, m, SINK("last_delivery"));
	}
	buffer_append_byte(out, '\n');
	if (message_has(m, SINK("error")))
		show_trouble(out, m, i, style);
#undef SINK
}

static void show_controller(struct buffer *out, const struct message *m)
{
	label(out, "controller");
	field_add_text(out, m, R "controller.version");
	buffer_printf(out, ", pid %lld", (long long)field_number(m, R "controller.pid"));
	add_since(out, m, R "controller.since");
	if (message_string(m, R "controller.start")) {
		buffer_append_text(out, " (");
		field_add_text(out, m, R "controller.start");
		buffer_append_byte(out, ')');
	}
	buffer_append_byte(out, '\n');
	label(out, "host");
	field_add_text(out, m, R "host");
	buffer_append_text(out, ", Linux ");
	field_add_text(out, m, R "kernel");
	buffer_append_byte(out, '\n');
}

static void show_list(struct buffer *out, const struct message *m, const char *list)
{
	size_t count = message_count(m, list), i;
	char path[64];

	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s.%zu", list, i);
		buffer_append_text(out, "  NOT ENFORCED: ");
		field_add_text(out, m, path);
		buffer_append_byte(out, '\n');
	}
}

/* What this machine lacks comes first: it is news, the rest is always so. */
static void head_here(struct buffer *out, size_t count, const struct style *style)
{
	if (count)
		buffer_printf(out, "\n%sNOT ENFORCED on this machine%s (%zu)\n", style->bad, style->off,
			      count);
}

static void head_always(struct buffer *out, size_t count, const struct style *style)
{
	if (count)
		buffer_printf(out, "\n%sNOT ENFORCED on any machine%s (%zu), explained in " EXPLAINED
			      "\n", style->warn, style->off, count);
}

static void show_gaps(struct buffer *out, const struct message *m, const struct style *style)
{
	head_here(out, message_count(m, R "not_enforced"), style);
	show_list(out, m, R "not_enforced");
	head_always(out, message_count(m, R "not_mediated"), style);
	show_list(out, m, R "not_mediated");
}

/* A line each: what nobody looks at stays for years */
static void show_quarantine(struct buffer *out, const struct message *m, const struct style *style)
{
	char path[48];

	for (size_t i = 0; i < message_count(m, R "quarantine"); i++) {
		snprintf(path, sizeof(path), R "quarantine.%zu", i);
		label(out, "quarantine");
		buffer_append_text(out, style->warn);
		field_add_text(out, m, path);
		buffer_append_text(out, style->off);
		buffer_append_text(out, " has no rights\n");
	}
}

static void show_record(struct buffer *out, const struct message *m)
{
	const struct style *style = style_for(stdout);

	show_state(out, m, style);
	show_policy(out, m);
	if (message_count(m, R "names")) {
		label(out, "names");
		names_show(out, m, style, LABEL_WIDTH);
	}
	show_module(out, m, style);
	show_quarantine(out, m, style);
	show_events(out, m, style);
	for (size_t i = 0; i < message_count(m, R "sinks"); i++)
		show_sink(out, m, i, style);
	show_controller(out, m);
	show_gaps(out, m, style);
}

/* --- without a controller: what can be seen of the kernel itself -------- */

static void peek_gap(struct buffer *out, const char *what, const char *why)
{
	buffer_append_text(out, "  NOT ENFORCED: ");
	buffer_add_shown(out, what);
	buffer_append_text(out, ": ");
	buffer_add_shown(out, why);
	buffer_append_byte(out, '\n');
}

static void peek_text(struct buffer *out, const struct enforcement_status *status)
{
	const struct style *style = style_for(stdout);
	char digest[SHA256_TEXT_SIZE];
	size_t i;

	label(out, "state");
	if (status->epoch)
		buffer_printf(out, "%senforcing without a controller%s: nothing is recorded but "
			      "what fits the kernel's ring\n", style->warn, style->off);
	else
		buffer_printf(out, "%sUNCONFINED: no policy is in force%s\n", style->bad, style->off);
	label(out, "policy");
	buffer_printf(out, "version %llu, sha256 %.16s…\n", (unsigned long long)status->version,
		      sha256_format(status->digest, digest));
	label(out, "hooks");
	buffer_printf(out, "%zu attached\n", status->hook_count);
	label(out, "module");
	buffer_append_text(out, status->sealed ? "sealed until reboot\n" : "unsealed\n");
	head_here(out, status->gap_count, style);
	for (i = 0; i < status->gap_count; i++)
		peek_gap(out, status->gaps[i].what, status->gaps[i].why);
	head_always(out, unmediated_count, style);
	for (i = 0; i < unmediated_count; i++)
		peek_gap(out, unmediated[i].name, unmediated[i].effect);
}

static void peek_line(struct buffer *out, const char *before, const char *what, const char *why)
{
	struct buffer line = { 0 };

	buffer_printf(&line, "%s: %s", what, why);
	buffer_append_text(out, before);
	if (!line.failed)
		escape_json(out, line.data, line.size);
	buffer_done(&line);
}

static void peek_json(struct buffer *out, const struct enforcement_status *status)
{
	char digest[SHA256_TEXT_SIZE];
	size_t i;

	buffer_printf(out, "{\"state\":\"%s\",\"controller\":null,\"policy\":{\"version\":%llu,"
		      "\"digest\":\"%s\"},\"module\":{\"present\":%s,\"held\":%s,\"sealed\":%s},"
		      "\"hooks\":{\"attached\":%zu},\"not_enforced\":[",
		      status->epoch ? "enforcing" : "unconfined",
		      (unsigned long long)status->version, sha256_format(status->digest, digest),
		      status->module ? "true" : "false", status->held ? "true" : "false",
		      status->sealed ? "true" : "false", status->hook_count);
	for (i = 0; i < status->gap_count; i++)
		peek_line(out, i ? "," : "", status->gaps[i].what, status->gaps[i].why);
	buffer_append_text(out, "],\"not_mediated\":[");
	for (i = 0; i < unmediated_count; i++)
		peek_line(out, i ? "," : "", unmediated[i].name, unmediated[i].effect);
	buffer_append_text(out, "]}\n");
}

/* Show what the kernel goes on enforcing, where this caller may see it. */
static void peek(struct buffer *out, bool json)
{
	struct enforcement *enforcement = NULL;
	struct enforcement_status status;

	if (enforcement_peek(&enforcement, &status) != 0)
		return;
	if (json)
		peek_json(out, &status);
	else
		peek_text(out, &status);
	enforcement_close(enforcement);
}

static int take_record(void *context, const struct message *message)
{
	struct status *status = context;
	char *text = message_json(message, "");
	int answer = text ? message_parse(text, strlen(text), &status->record) : 0;

	free(text);
	return answer < 0 ? EX_PROTOCOL : 0;
}

int verb_status(const struct invocation *invocation)
{
	_cleanup_(message_freep) struct message *request = NULL;
	struct arguments arguments = { 0 };
	struct status status = { 0 };
	struct buffer out = { 0 };
	int code;

	argp_parse(&argp, invocation->argc, invocation->argv, ARGP_IN_ORDER, NULL, &arguments);
	request = request_new("status");
	if (!request)
		return EX_OSERR;
	code = client_call(invocation->socket, request, CLIENT_PATIENCE, take_record, &status, NULL);
	if (code == EX_UNAVAILABLE && !status.record) {
		peek(&out, arguments.json);
	} else if (status.record && arguments.json) {
		field_add_json(&out, status.record, "record");
		buffer_append_byte(&out, '\n');
	} else if (status.record) {
		show_record(&out, status.record);
	}
	if (!code && status.record && message_string(status.record, R "state") &&
	    !strcmp(message_string(status.record, R "state"), "failed"))
		code = 1;
	message_free(status.record);
	return output_finish(&out, code);
}
