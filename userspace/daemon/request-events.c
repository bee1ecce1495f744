// SPDX-License-Identifier: Apache-2.0
/* The verb events: past ones from the journal, and those to come */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sysexits.h>

#include "base/escape.h"
#include "daemon/filter.h"
#include "daemon/verb.h"
#include "event/read.h"
#include "event/sentence.h"
#include "journal/reader.h"

#define BATCH 256		/* records looked at before others get their turn */

#define LIMIT_MOST 100000	/* of the last ones that pass a filter: their numbers are kept */

/* What a client wants to see, and where it is in the journal */
struct event_stream {
	struct journal_reader *reader;
	struct filter filter;
	bool follow;
	uint64_t from;		/* sequence number */
	uint64_t only;		/* sequence number of the one event wanted, 0 for all */
	uint64_t limit;		/* the last so many that pass the filter, 0 for all */
	uint64_t *last;		/* their numbers, in turn, while they are looked for; else NULL */
	uint64_t found;
	bool heard;		/* the client was told something in this turn */
};

static void stream_free(void *context)
{
	struct event_stream *stream = context;

	journal_reader_free(stream->reader);
	filter_done(&stream->filter);
	free(stream->last);
	free(stream);
}

/* {"record": the journal's bytes as they are, "text": the same for people} */
static void send_event(struct client *client, struct event_stream *stream,
		       const struct segment_record *record, const struct message *event)
{
	struct buffer frame = { 0 }, text = { 0 };
	struct event view;

	stream->heard = true;
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

static void send_damage(struct client *client, struct event_stream *stream, uint64_t sequence)
{
	struct buffer record = { 0 };

	stream->heard = true;
	buffer_printf(&record, "{\"record\":{\"kind\":\"journal\",\"seq\":%" PRIu64 ",\"severity\":"
		      "\"serious\",\"message\":\"the journal is damaged here\"},\"text\":\"the journal "
		      "is damaged at record %" PRIu64 "\"}", sequence, sequence);
	if (!record.failed)
		client_frame(client, record.data, record.size);
	buffer_done(&record);
}

/*
 * A client gives up when it hears nothing for long, and a search through a large journal
 * may pass over all of it, on a machine that has other things to do between two turns.
 * So a turn that brings no record says where it is.
 */
static void say_where(struct client *client, struct event_stream *stream, uint64_t sequence)
{
	char text[48];

	if (stream->heard)
		return;
	snprintf(text, sizeof(text), "{\"searched\":%" PRIu64 "}", sequence);
	client_frame(client, text, strlen(text));
}

static void consider(struct client *client, struct event_stream *stream,
		     const struct segment_record *record)
{
	struct message *event = NULL;
	bool wanted;

	if (record->header.kind != JOURNAL_KIND_EVENT ||
	    record->header.sequence < stream->from ||
	    (stream->only && record->header.sequence != stream->only) ||
	    !filter_wants_time(&stream->filter, record->header.time))
		return;
	if (message_parse(record->payload, record->payload_size, &event) < 0) {
		if (!stream->last)
			send_damage(client, stream, record->header.sequence);
		return;
	}
	wanted = filter_wants(&stream->filter, record->header.time, event);
	if (wanted && stream->last)
		stream->last[stream->found++ % stream->limit] = record->header.sequence;
	if (wanted && !stream->last)
		send_event(client, stream, record, event);
	message_free(event);
}

/* The end is reached once: now from the oldest of the last ones; 0 or a negative errno */
static int show_found(struct event_stream *stream)
{
	uint64_t *last = TAKE_PTR(stream->last);
	int r;

	if (stream->found)
		stream->from = stream->found < stream->limit ? last[0] :
			       last[stream->found % stream->limit];
	free(last);
	if (!stream->found)
		return 0;
	stream->reader = journal_reader_free(stream->reader);
	r = journal_reader_new(CONTROLLER_JOURNAL, &stream->reader);
	return r < 0 ? r : journal_reader_seek(stream->reader, 0, stream->from);
}

static enum client_pump pump(struct client *client, void *context)
{
	struct event_stream *stream = context;
	struct segment_record record;
	uint64_t last = 0;

	stream->heard = false;
	for (int i = 0; client_room(client); i++) {
		int r;

		if (i >= BATCH) {
			say_where(client, stream, last);
			return CLIENT_PUMP_MORE;
		}
		r = journal_read(stream->reader, &record);
		if (r == JOURNAL_END && stream->last) {
			r = show_found(stream);
			if (r == 0)
				continue;
		}
		if (r == JOURNAL_RECORD) {
			last = record.header.sequence;
			consider(client, stream, &record);
			segment_record_done(&record);
		} else if (r == JOURNAL_DAMAGED && stream->last) {
			continue;	/* told when it is passed again */
		} else if (r == JOURNAL_DAMAGED) {
			send_damage(client, stream, record.header.sequence);
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

/* NULL, or what is wrong */
static const char *read_filters(const struct message *request, struct event_stream *stream,
				const struct journal *journal)
{
	const char *wrong = filter_read(&stream->filter, request);
	int64_t number;

	if (wrong)
		return wrong;
	stream->follow = message_boolean(request, "follow");
	if (stream->filter.id) {
		stream->only = stream->from = sequence_of(stream->filter.id);
		return stream->only ? NULL : "that is no id of an event";
	}
	if (!message_integer(request, "limit", &number) || number < 0)
		return NULL;
	if (filter_is_open(&stream->filter)) {
		if ((uint64_t)number < journal_next(journal))
			stream->from = journal_next(journal) - (uint64_t)number;
		return NULL;
	}
	if (number < 1 || number > LIMIT_MOST)
		return "with a filter, at most the last 100000 events can be asked for";
	stream->limit = (uint64_t)number;
	stream->last = calloc(stream->limit, sizeof(*stream->last));
	return stream->last ? NULL : "out of memory";
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
		r = journal_reader_seek(stream->reader, stream->filter.since, stream->from);
	if (r < 0) {
		stream_free(stream);
		client_done_errno(client, "the journal cannot be read", r);
		return;
	}
	client_stream(client, pump, stream_free, stream);
}
