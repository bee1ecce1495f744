// SPDX-License-Identifier: Apache-2.0
/* The verb events: past ones from the journal, and those to come */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sysexits.h>

#include "base/escape.h"
#include "daemon/verb.h"
#include "event/read.h"
#include "event/sentence.h"
#include "journal/reader.h"

#define BATCH 256		/* records looked at before others get their turn */

/* What a client wants to see, and where it is in the journal */
struct event_stream {
	struct journal_reader *reader;
	bool follow;
	uint64_t since;		/* CLOCK_REALTIME, ns */
	uint64_t from;		/* sequence number */
	uint64_t only;		/* sequence number of the one event wanted, 0 for all */
	int severity;		/* at least */
	char *role;
	char *kind;
	char *id;
};

static void stream_free(void *context)
{
	struct event_stream *stream = context;

	journal_reader_free(stream->reader);
	free(stream->role);
	free(stream->kind);
	free(stream->id);
	free(stream);
}

static bool wanted(const struct event_stream *stream, const struct message *event)
{
	const char *text;

	if (stream->id && ((text = message_string(event, "id")) == NULL || strcmp(text, stream->id)))
		return false;
	if (stream->kind && ((text = message_string(event, "kind")) == NULL ||
			     strcmp(text, stream->kind)))
		return false;
	if (stream->severity > 0) {
		text = message_string(event, "severity");
		if (!text || event_severity_parse(text) < stream->severity)
			return false;
	}
	if (stream->role) {
		text = message_string(event, "role");
		if (!text || !event_names_role(text, stream->role))
			return false;
	}
	return true;
}

/* {"record": the journal's bytes as they are, "text": the same for people} */
static void send_event(struct client *client, const struct segment_record *record,
		       const struct message *event)
{
	struct buffer frame = { 0 }, text = { 0 };
	struct event view;

	buffer_append_text(&frame, "{\"record\":");
	buffer_append(&frame, record->payload, record->payload_size);
	buffer_append_text(&frame, ",\"text\":");
	event_read(event, &view);
	event_write_text(&view, &text);
	escape_json(&frame, text.data ? text.data : "", text.size);
	buffer_append_byte(&frame, '}');
	if (!frame.failed)
		client_frame(client, frame.data, frame.size);
	buffer_done(&text);
	buffer_done(&frame);
}

static void send_damage(struct client *client, uint64_t sequence)
{
	struct buffer record = { 0 };

	buffer_printf(&record, "{\"record\":{\"kind\":\"journal\",\"seq\":%" PRIu64 ",\"severity\":"
		      "\"serious\",\"message\":\"the journal is damaged here\"},\"text\":\"the journal "
		      "is damaged at record %" PRIu64 "\"}", sequence, sequence);
	if (!record.failed)
		client_frame(client, record.data, record.size);
	buffer_done(&record);
}

static void consider(struct client *client, const struct event_stream *stream,
		     const struct segment_record *record)
{
	struct message *event = NULL;

	if (record->header.kind != JOURNAL_KIND_EVENT || record->header.time < stream->since ||
	    record->header.sequence < stream->from ||
	    (stream->only && record->header.sequence != stream->only))
		return;
	if (message_parse(record->payload, record->payload_size, &event) < 0) {
		send_damage(client, record->header.sequence);
		return;
	}
	if (wanted(stream, event))
		send_event(client, record, event);
	message_free(event);
}

static enum client_pump pump(struct client *client, void *context)
{
	struct event_stream *stream = context;
	struct segment_record record;

	for (int i = 0; client_room(client); i++) {
		int r;

		if (i >= BATCH)
			return CLIENT_PUMP_MORE;
		r = journal_read(stream->reader, &record);
		if (r == JOURNAL_RECORD) {
			consider(client, stream, &record);
			segment_record_done(&record);
		} else if (r == JOURNAL_DAMAGED) {
			send_damage(client, record.header.sequence);
		} else if (r == JOURNAL_END && stream->follow) {
			return CLIENT_PUMP_WAIT;
		} else if (r == JOURNAL_END) {
			client_done(client, 0, NULL);
			return CLIENT_PUMP_DONE;
		} else {
			client_done_errno(client, "the journal cannot be read", r);
			return CLIENT_PUMP_DONE;
		}
	}
	return CLIENT_PUMP_WAIT;
}

/* "3fa9c1d2-1042": the number behind the dash is the journal's */
static uint64_t sequence_of(const char *id)
{
	const char *dash = strrchr(id, '-');

	return dash ? strtoull(dash + 1, NULL, 10) : 0;
}

static int copy_text(const struct message *request, const char *name, char **ret)
{
	const char *text = message_string(request, name);

	if (!text)
		return 0;
	*ret = strdup(text);
	return *ret ? 0 : -ENOMEM;
}

/* NULL, or what is wrong */
static const char *read_filters(const struct message *request, struct event_stream *stream,
				const struct journal *journal)
{
	const char *severity = message_string(request, "severity");
	int64_t number;

	stream->follow = message_boolean(request, "follow");
	if (message_integer(request, "since", &number) && number > 0)
		stream->since = (uint64_t)number * 1000000000u;
	if (message_integer(request, "limit", &number) && number >= 0 &&
	    (uint64_t)number < journal_next(journal))
		stream->from = journal_next(journal) - (uint64_t)number;
	if (severity) {
		stream->severity = event_severity_parse(severity);
		if (stream->severity < 0)
			return "severity is ordinary, serious or special";
	}
	if (copy_text(request, "role", &stream->role) < 0 ||
	    copy_text(request, "kind", &stream->kind) < 0 ||
	    copy_text(request, "id", &stream->id) < 0)
		return "out of memory";
	if (stream->id) {
		stream->only = stream->from = sequence_of(stream->id);
		if (!stream->only)
			return "that is no id of an event";
	}
	return NULL;
}

void request_events(struct client *client, struct message *request)
{
	struct controller *controller = client_controller(client);
	struct event_stream *stream = calloc(1, sizeof(*stream));
	const char *wrong;
	int r;

	if (!stream) {
		client_done_errno(client, "events", -ENOMEM);
		return;
	}
	wrong = read_filters(request, stream, recorder_journal(controller->recorder));
	if (wrong) {
		stream_free(stream);
		client_done(client, EX_USAGE, wrong);
		return;
	}
	r = journal_reader_new(CONTROLLER_JOURNAL, &stream->reader);
	if (r == 0)
		r = journal_reader_seek(stream->reader, stream->since, stream->from);
	if (r < 0) {
		stream_free(stream);
		client_done_errno(client, "the journal cannot be read", r);
		return;
	}
	client_stream(client, pump, stream_free, stream);
}
