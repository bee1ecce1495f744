// SPDX-License-Identifier: Apache-2.0
/* The verb status: what is enforced here, and what is not */
#include <inttypes.h>
#include <string.h>
#include <sys/utsname.h>
#include <sysexits.h>

#include "base/escape.h"
#include "base/timestamp.h"
#include "daemon/quarantine.h"
#include "daemon/recheck.h"
#include "daemon/change.h"
#include "daemon/links.h"
#include "daemon/names.h"
#include "daemon/verb.h"
#include "load/recheck.h"
#include "load/unmediated.h"

static void key(struct buffer *out, const char *name)
{
	buffer_printf(out, "%s\"%s\":", out->data[out->size - 1] == '{' ? "" : ",", name);
}

static void text(struct buffer *out, const char *name, const char *value)
{
	key(out, name);
	escape_json(out, value, strlen(value));
}

static void number(struct buffer *out, const char *name, uint64_t value)
{
	key(out, name);
	buffer_printf(out, "%" PRIu64, value);
}

static void boolean(struct buffer *out, const char *name, bool value)
{
	key(out, name);
	buffer_append_text(out, value ? "true" : "false");
}

static void moment(struct buffer *out, const char *name, int64_t seconds)
{
	char value[TIMESTAMP_TEXT_MAX];

	text(out, name, timestamp_format(seconds, value));
}

static void open_object(struct buffer *out, const char *name)
{
	key(out, name);
	buffer_append_byte(out, '{');
}

static void close_object(struct buffer *out)
{
	buffer_append_byte(out, '}');
}

static void write_controller(const struct controller *controller, struct buffer *out)
{
	struct utsname kernel;

	text(out, "host", recorder_host(controller->recorder));
	text(out, "kernel", uname(&kernel) == 0 ? kernel.release : "");
	open_object(out, "controller");
	text(out, "version", BAILIWICK_VERSION);
	number(out, "pid", (uint64_t)getpid());
	moment(out, "since", controller->started);
	text(out, "start", controller->origin == ENFORCEMENT_TAKEN_OVER ? "takeover" : "fresh");
	close_object(out);
}

static void write_policy(const struct controller *controller, const struct image *image,
			 const struct enforcement_status *status, struct buffer *out)
{
	char digest[SHA256_TEXT_SIZE];
	uint32_t roles, subjects;

	open_object(out, "policy");
	number(out, "version", status->version);
	text(out, "digest", sha256_format(status->digest, digest));
	if (controller->since)
		moment(out, "since", controller->since);
	number(out, "files", controller->files);
	if (image) {
		image_records(image, BAILIWICK_SECTION_ROLE, &roles);
		image_records(image, BAILIWICK_SECTION_SUBJECT, &subjects);
		number(out, "rows", image->header->rows);
		number(out, "roles", roles);
		number(out, "labels", image->header->labels);
		number(out, "subjects", subjects);
		number(out, "size", image->header->image_size);
	}
	close_object(out);
}

static void add_line(struct buffer *out, bool *first, const char *what, const char *why)
{
	struct buffer line = { 0 };

	buffer_printf(&line, "%s: %s", what, why);
	buffer_append_text(out, *first ? "" : ",");
	escape_json(out, line.data ? line.data : "", line.size);
	*first = false;
	buffer_done(&line);
}

struct gap_lines {
	struct buffer *out;
	bool *first;
};

static void add_links(void *context, const char *why)
{
	struct gap_lines *lines = context;

	add_line(lines->out, lines->first, "hard links", why);
}

/* What the programs miss, and what the self-test could not see at work */
static void write_gaps(const struct controller *controller,
		       const struct enforcement_status *status, struct buffer *out)
{
	bool first = true;

	key(out, "not_enforced");
	buffer_append_byte(out, '[');
	for (size_t i = 0; i < status->gap_count; i++)
		add_line(out, &first, status->gaps[i].what, status->gaps[i].why);
	for (size_t i = 0; controller->tested && i < controller->canary.count; i++) {
		const struct canary_finding *finding = controller->canary.finding + i;

		if (finding->result == CANARY_NOT_DENIED)
			add_line(out, &first, finding->hook, finding->text);
	}
	if (status->version)
		links_gaps(controller->links, add_links,
			   &(struct gap_lines){ .out = out, .first = &first });
	buffer_append_byte(out, ']');
}

/* True wherever Linux runs: the part of the list that no machine can shorten */
static void write_unmediated(struct buffer *out)
{
	bool first = true;

	key(out, "not_mediated");
	buffer_append_byte(out, '[');
	for (size_t i = 0; i < unmediated_count; i++)
		add_line(out, &first, unmediated[i].name, unmediated[i].effect);
	buffer_append_byte(out, ']');
}

static void write_hooks(const struct controller *controller,
			const struct enforcement_status *status, struct buffer *out)
{
	uint64_t denied = 0, untested = 0;

	for (size_t i = 0; controller->tested && i < controller->canary.count; i++) {
		denied += controller->canary.finding[i].result == CANARY_DENIED;
		untested += controller->canary.finding[i].result == CANARY_NOT_TESTED;
	}
	open_object(out, "hooks");
	number(out, "attached", status->hook_count);
	number(out, "total", status->hook_count + status->gap_count);
	boolean(out, "tested", controller->tested);
	number(out, "denied_canary", denied);
	number(out, "not_tried", untested);
	close_object(out);
}

static void write_trust(const struct trust_status *trust, struct buffer *out)
{
	boolean(out, "keys", trust->keys);
	number(out, "authors", trust->authors);
	number(out, "approvers", trust->approvers);
	boolean(out, "signed", trust->is_signed);
	boolean(out, "recovery", trust->recovery);
	number(out, "seconds_left", trust->seconds_left);
	number(out, "floor", trust->floor);
}

static void write_enforcement(struct controller *controller, struct buffer *out)
{
	const struct image *image = controller_image(controller);
	struct enforcement_status status = { 0 };
	int r = -1;

	if (controller->enforcement)
		r = enforcement_status(controller->enforcement, &status);
	text(out, "state", controller_state(controller, r == 0 ? &status : NULL));
	if (controller->problem)
		text(out, "problem", controller->problem);
	if (r < 0)
		memset(&status, 0, sizeof(status));
	if (status.version)
		write_policy(controller, image, &status, out);
	open_object(out, "module");
	boolean(out, "present", status.module);
	boolean(out, "held", status.held);
	boolean(out, "sealed", status.sealed);
	number(out, "epoch", status.epoch);
	write_trust(&status.trust, out);
	close_object(out);
	open_object(out, "recheck");
	boolean(out, "attached", controller->enforcement &&
		enforcement_recheck_attached(controller->enforcement));
	text(out, "why", recheck_text(controller->recheck));
	close_object(out);
	key(out, "quarantine");
	quarantine_describe(controller, false, out);
	number(out, "slot_size", status.slot_size);
	write_hooks(controller, &status, out);
	write_gaps(controller, &status, out);
	write_unmediated(out);
}

/* The hook self-test's own denials say nothing about anybody */
static int add_canary(void *context, const struct bailiwick_count_key *key_of, uint64_t count)
{
	if (key_of->row == BAILIWICK_ROW_CANARY)
		*(uint64_t *)context += count;
	return 0;
}

static void write_counts(struct controller *controller, struct buffer *out)
{
	const struct journal *journal = recorder_journal(controller->recorder);
	struct bailiwick_totals kernel = { 0 };
	struct recorder_totals totals;
	char head[JOURNAL_HEAD_TEXT];
	uint64_t canary = 0;

	recorder_totals(controller->recorder, &totals);
	if (controller->enforcement) {
		enforcement_counts(controller->enforcement, add_canary, &canary);
		enforcement_totals(controller->enforcement, &kernel);
	}
	open_object(out, "events");
	number(out, "sequence", kernel.sequence);
	number(out, "denials", kernel.denials > canary ? kernel.denials - canary : 0);
	number(out, "self_test", canary);
	number(out, "recorded", totals.recorded);
	number(out, "lost", totals.lost);
	number(out, "unwritten", totals.unwritten);
	number(out, "ring_full", kernel.ring_full);
	number(out, "counters_full", kernel.counters_full);
	close_object(out);
	open_object(out, "journal");
	number(out, "records", journal_next(journal) - 1);
	number(out, "bytes", journal_bytes(journal));
	number(out, "durable", journal_durable(journal) - 1);
	text(out, "head", journal_head_text(journal, head));
	if (totals.problem)
		text(out, "problem", strerror(-totals.problem));
	close_object(out);
}

static void write_sinks(const struct controller *controller, struct buffer *out)
{
	struct sink_status sink;

	key(out, "sinks");
	buffer_append_byte(out, '[');
	for (size_t i = 0; sinks_status(controller->sinks, i, &sink); i++) {
		buffer_append_text(out, i ? ",{" : "{");
		text(out, "name", sink.options->name);
		text(out, "type", sink_type_text(sink.options->type));
		boolean(out, "up", sink.up);
		number(out, "cursor", sink.next - 1);
		number(out, "lag", sink.lag);
		number(out, "delivered", sink.delivered);
		number(out, "dead", sink.dead);
		number(out, "missed", sink.missed);
		if (sink.last_delivery)
			moment(out, "last_delivery", sink.last_delivery);
		if (*sink.error) {
			text(out, "error", sink.error);
			moment(out, "last_error", sink.last_error);
			boolean(out, "recovered", sink.recovered);
		}
		close_object(out);
	}
	buffer_append_byte(out, ']');
}

void request_status(struct client *client, struct message *request)
{
	struct controller *controller = client_controller(client);
	const char *changing = changes_running(controller->changes);
	struct buffer out = { 0 };

	(void)request;
	buffer_append_byte(&out, '{');
	if (out.failed) {
		client_done(client, EX_SOFTWARE, "out of memory");
		return;
	}
	write_controller(controller, &out);
	write_enforcement(controller, &out);
	write_counts(controller, &out);
	write_sinks(controller, &out);
	key(&out, "names");
	names_describe(controller->names, &out);
	if (changing)
		text(&out, "changing", changing);
	buffer_append_byte(&out, '}');
	if (!out.failed)
		client_record(client, out.data, out.size);
	buffer_done(&out);
	client_done(client, 0, NULL);
}
