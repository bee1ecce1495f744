// SPDX-License-Identifier: Apache-2.0
/* A sink's process: take records, deliver them, say so; try again until it works */
#include "sink/run.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/message.h"
#include "event/event.h"
#include "sink/backoff.h"
#include "sink/feed.h"

#define BATCH_MAX 256
#define BATCH_BYTES (1u << 20)

struct held {
	struct sink_record record;
	struct buffer bytes;
	bool dead;
};

struct run {
	const struct sink_options *options;
	const struct sink_destination *destination;
	void *context;
	int feed;
	bool open;
	struct backoff backoff;
	struct held batch[BATCH_MAX];
	size_t count;
	struct buffer why;
};

static int tell(struct run *run, enum feed_kind kind, uint64_t sequence, uint64_t count,
		const struct buffer *text)
{
	struct feed_report report = {
		.kind = kind, .sequence = sequence, .count = count,
		.size = text ? (uint32_t)text->size : 0,
	};

	return feed_tell(run->feed, &report, text ? text->data : NULL);
}

static bool has_more(int feed)
{
	struct pollfd poll_ = { .fd = feed, .events = POLLIN };

	return poll(&poll_, 1, 0) > 0 && poll_.revents & POLLIN;
}

/* Wait for one record, then take what else is there; 1, 0 at the end, or a negative errno */
static int fill(struct run *run)
{
	size_t bytes = 0;

	run->count = 0;
	while (run->count < BATCH_MAX && bytes < BATCH_BYTES) {
		struct held *held = &run->batch[run->count];
		int r;

		if (run->count && !has_more(run->feed))
			break;
		r = feed_read_record(run->feed, &held->bytes, &held->record);
		if (r < 0)
			return r;
		if (r == 0)
			return run->count ? 1 : 0;
		held->dead = false;
		bytes += held->bytes.size;
		run->count++;
	}
	return 1;
}

/* The grade stands in the JSON; what has none is sent in any case */
static bool wanted(const struct run *run, const struct sink_record *record)
{
	struct message *event = NULL;
	const char *severity;
	bool answer = true;

	if (!run->options->severity || message_parse(record->json, record->json_size, &event) < 0)
		return true;
	severity = message_string(event, "severity");
	if (severity && event_severity_parse(severity) >= 0)
		answer = event_severity_parse(severity) >= (int)run->options->severity;
	message_free(event);
	return answer;
}

/* Once and for all: the controller keeps it aside */
static int bury(struct run *run, struct held *held)
{
	struct buffer text = { 0 };
	int r;

	buffer_append_text(&text, run->why.size ? run->why.data : "it is no event");
	buffer_append_byte(&text, 0);
	buffer_append(&text, held->record.json, held->record.json_size);
	held->dead = true;
	r = text.failed ? -ENOMEM : tell(run, FEED_DEAD, held->record.sequence, 1, &text);
	buffer_done(&text);
	return r;
}

/* 0 when all is delivered or dead; *ret_lost says whether the controller is gone */
static int deliver(struct run *run, uint64_t *ret_sent, bool *ret_lost)
{
	int r;

	*ret_sent = 0;
	for (size_t i = 0; i < run->count; i++) {
		struct held *held = &run->batch[i];

		if (held->dead || !wanted(run, &held->record))
			continue;
		buffer_clear(&run->why);
		r = run->destination->send(run->context, &held->record, &run->why);
		if (r < 0)
			return r;
		if (r == SINK_NEVER && bury(run, held) < 0) {
			*ret_lost = true;
			return -EPIPE;
		}
		*ret_sent += r == 0;
	}
	buffer_clear(&run->why);
	return run->destination->flush(run->context, &run->why);
}

/* Wait, but not for a controller that is gone; false when it is */
static bool wait_a_while(struct run *run)
{
	struct pollfd poll_ = { .fd = run->feed, .events = 0 };
	uint64_t ms = backoff_next(&run->backoff, run->options->retry_max * 1000);

	return poll(&poll_, 1, (int)ms) == 0 || !(poll_.revents & (POLLHUP | POLLERR));
}

static int trouble(struct run *run, int error)
{
	if (run->open)
		run->destination->close(run->context);
	run->open = false;
	if (!run->why.size)
		buffer_append_text(&run->why, strerror(-error));
	if (tell(run, FEED_TROUBLE, 0, 0, &run->why) < 0 || !wait_a_while(run))
		return -EPIPE;
	return 0;
}

/* Until the batch is delivered; negative when the controller is gone */
static int deliver_for_sure(struct run *run)
{
	uint64_t sent;
	bool lost = false;
	int r;

	for (;;) {
		buffer_clear(&run->why);
		r = 0;
		if (!run->open) {
			r = run->destination->open(run->context, &run->why);
			run->open = r == 0;
			if (r == 0)
				r = tell(run, FEED_UP, 0, 0, NULL);
		}
		if (r == 0)
			r = deliver(run, &sent, &lost);
		if (r == 0)
			break;
		if (lost || trouble(run, r) < 0)
			return -EPIPE;
	}
	backoff_done(&run->backoff);
	return tell(run, FEED_DELIVERED, run->batch[run->count - 1].record.sequence, sent, NULL);
}

int sink_run(const struct sink_options *options, const struct sink_destination *destination,
	     void *context, int feed)
{
	static struct run run;
	int r;

	run = (struct run){
		.options = options, .destination = destination, .context = context, .feed = feed,
	};
	while ((r = fill(&run)) > 0) {
		r = deliver_for_sure(&run);
		if (r < 0)
			break;
	}
	if (run.open)
		destination->close(context);
	for (size_t i = 0; i < BATCH_MAX; i++)
		buffer_done(&run.batch[i].bytes);
	buffer_done(&run.why);
	return r == -EPIPE ? 0 : r;
}
