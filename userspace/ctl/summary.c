/* SPDX-License-Identifier: Apache-2.0 */
/* Many events in a few lines: how many, how fast, of whom, about what */
#include "ctl/summary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/escape.h"
#include "base/timestamp.h"
#include "ctl/output.h"
#include "event/event.h"
#include "event/read.h"

#define NS 1000000000u

static const char *const titles[] = {
	[SUMMARY_ROLE] = "ROLE",
	[SUMMARY_SUBJECT] = "SUBJECT",
	[SUMMARY_OPERATION] = "OPERATION",
	[SUMMARY_OBJECT] = "OBJECT",
};

static const char *const keys[] = {
	[SUMMARY_ROLE] = "role",
	[SUMMARY_SUBJECT] = "subject",
	[SUMMARY_OPERATION] = "operation",
	[SUMMARY_OBJECT] = "object",
};

const char *summary_title(enum summary_by by)
{
	return titles[by];
}

/* Who: the service, the person, the number; no name that it can choose for itself */
static void name_subject(const struct event *event, struct buffer *out)
{
	const struct event_subject *subject = &event->subject;
	uint32_t uid = subject->login_uid != UINT32_MAX ? subject->login_uid : subject->uid;

	if (subject->login_uid == UINT32_MAX && subject->unit.size)
		buffer_append(out, subject->unit.data, subject->unit.size);
	else if (subject->user)
		buffer_append_text(out, subject->user);
	else if (uid != UINT32_MAX)
		buffer_printf(out, "uid %" PRIu32, uid);
	else
		buffer_append_text(out, "somebody");
}

static void name_object(const struct event *event, struct buffer *out)
{
	const struct event_object *object = &event->object;

	switch (object->kind) {
	case EVENT_OBJECT_PATH:
		buffer_append_text(out, object->path_cut ? "…" : "");
		buffer_append(out, object->path.data, object->path.size);
		break;
	case EVENT_OBJECT_ADDRESS:
		buffer_printf(out, strchr(object->address, ':') ? "%s [%s]:%u" : "%s %s:%u",
			      object->protocol ? object->protocol : "?", object->address, object->port);
		break;
	case EVENT_OBJECT_NAMED:
		buffer_printf(out, "%s ", object->what ? object->what : "?");
		buffer_append(out, object->name.data ? object->name.data : "", object->name.size);
		break;
	default:
		buffer_append_text(out, "-");
		break;
	}
}

/* The name is in @name's own buffer for a moment; 0 or -ENOMEM */
static int add_name(struct summary *summary, enum summary_by by, struct buffer *name, uint64_t count)
{
	int r = name->failed ? -ENOMEM : rank_add(&summary->by[by], name->data ? name->data : "", count);

	buffer_clear(name);
	return r;
}

static int add_denial(struct summary *summary, const struct event *event)
{
	uint64_t count = event->count ? event->count : 1;
	struct buffer name = { 0 };
	int r;

	summary->denials += count;
	summary->events++;
	summary->severity[event->severity] += count;
	if (!event->verdict || !strcmp(event->verdict, "denied"))
		summary->stopped += count;
	if (!summary->first || event->time < summary->first)
		summary->first = event->time;
	if (event->time > summary->last)
		summary->last = event->time;
	r = rank_add(&summary->by[SUMMARY_ROLE], event->role ? event->role : "-", count);
	if (r == 0)
		r = rank_add(&summary->by[SUMMARY_OPERATION],
			     event->operation ? event->operation : "-", count);
	name_subject(event, &name);
	if (r == 0)
		r = add_name(summary, SUMMARY_SUBJECT, &name, count);
	name_object(event, &name);
	if (r == 0)
		r = add_name(summary, SUMMARY_OBJECT, &name, count);
	buffer_done(&name);
	return r;
}

static void remember_host(struct summary *summary, const char *host)
{
	if (!host || (summary->host && !strcmp(summary->host, host)))
		return;
	free(summary->host);
	summary->host = strdup(host);
}

int summary_add(struct summary *summary, const struct message *frame)
{
	_cleanup_(message_freep) struct message *record = NULL;
	_cleanup_free_ char *json = message_json(frame, "record");
	struct event event;
	int r = json ? message_parse(json, strlen(json), &record) : -ENOMEM;

	if (r < 0)
		return r;
	event_read(record, &event);
	remember_host(summary, event.host);
	if (event.kind == EVENT_DENIAL)
		return add_denial(summary, &event);
	summary->other++;
	if (event.kind == EVENT_LOST)
		summary->lost += event.count;
	return 0;
}

void summary_mark(struct summary *summary)
{
	summary->before = summary->denials;
	for (int by = 0; by < SUMMARY_BY_COUNT; by++)
		rank_mark(&summary->by[by]);
}

/* --- for people ------------------------------------------------------------------ */

static double seconds_of(const struct summary *summary)
{
	return (double)(summary->last - summary->first) / NS;
}

static void add_span(const struct summary *summary, struct buffer *out)
{
	char first[TIMESTAMP_TEXT_MAX], last[TIMESTAMP_TEXT_MAX];

	buffer_printf(out, "from %s to %s", timestamp_format((int64_t)(summary->first / NS), first),
		      timestamp_format((int64_t)(summary->last / NS), last));
	/* two moments make no rate */
	if (seconds_of(summary) >= 1)
		buffer_printf(out, ": %.1f seconds, %.2f denials a second", seconds_of(summary),
			      (double)summary->denials / seconds_of(summary));
	buffer_append_byte(out, '\n');
}

static void add_rank(const struct summary *summary, enum summary_by by, size_t most,
		     struct buffer *out)
{
	struct rank *rank = (struct rank *)&summary->by[by];
	uint64_t shown = 0;
	size_t n;

	rank_sort(rank);
	buffer_printf(out, "\n   COUNT      %%  %s\n", titles[by]);
	for (n = 0; n < rank->count && n < most; n++) {
		const struct rank_entry *entry = rank->entries + n;

		buffer_printf(out, "%8" PRIu64 " %6.1f  ", entry->count,
			      100.0 * (double)entry->count / (double)summary->denials);
		buffer_add_shown(out, entry->text);
		if (entry->excess)
			buffer_printf(out, " (at most)");
		buffer_append_byte(out, '\n');
		shown += entry->count;
	}
	if (n < rank->count && shown < summary->denials)
		buffer_printf(out, "%8" PRIu64 " %6.1f  (others)\n", summary->denials - shown,
			      100.0 * (double)(summary->denials - shown) / (double)summary->denials);
}

void summary_text(struct summary *summary, size_t most, struct buffer *out)
{
	buffer_printf(out, "%" PRIu64 " denial%s in ", summary->denials,
		      summary->denials == 1 ? "" : "s");
	buffer_add_count(out, summary->events, "event");
	if (summary->other) {
		buffer_append_text(out, ", ");
		buffer_add_count(out, summary->other, "other event");
	}
	buffer_append_byte(out, '\n');
	if (summary->lost)
		buffer_printf(out, "%" PRIu64 " records never came; the kernel's counters have them\n",
			      summary->lost);
	if (!summary->denials)
		return;
	add_span(summary, out);
	for (uint32_t i = 0; i < BAILIWICK_SEVERITY_COUNT; i++)
		buffer_printf(out, "%s%" PRIu64 " %s", i ? ", " : "", summary->severity[i],
			      event_severity_text(i));
	if (summary->stopped < summary->denials)
		buffer_printf(out, "; %" PRIu64 " only audited or learned",
			      summary->denials - summary->stopped);
	buffer_append_byte(out, '\n');
	for (int by = 0; by < SUMMARY_BY_COUNT; by++)
		add_rank(summary, by, most, out);
}

/* --- for programs ------------------------------------------------------------------ */

static void rank_json(struct rank *rank, size_t most, struct buffer *out)
{
	rank_sort(rank);
	buffer_append_byte(out, '[');
	for (size_t i = 0; i < rank->count && i < most; i++) {
		const struct rank_entry *entry = rank->entries + i;

		buffer_append_text(out, i ? ",{\"name\":" : "{\"name\":");
		escape_json(out, entry->text, strlen(entry->text));
		buffer_printf(out, ",\"count\":%" PRIu64 ",\"at_least\":%" PRIu64 "}", entry->count,
			      entry->count - entry->excess);
	}
	buffer_append_byte(out, ']');
}

void summary_json(struct summary *summary, size_t most, double seconds, struct buffer *out)
{
	char time[TIMESTAMP_TEXT_MAX];

	buffer_printf(out, "{\"denials\":%" PRIu64 ",\"events\":%" PRIu64 ",\"other\":%" PRIu64
		      ",\"lost\":%" PRIu64 ",\"denied\":%" PRIu64, summary->denials, summary->events,
		      summary->other, summary->lost, summary->stopped);
	if (summary->denials) {
		buffer_printf(out, ",\"from\":\"%s\"", timestamp_format_ns(summary->first, time));
		buffer_printf(out, ",\"to\":\"%s\"", timestamp_format_ns(summary->last, time));
	}
	if (seconds_of(summary) >= 1)
		buffer_printf(out, ",\"per_second\":%.3f",
			      (double)summary->denials / seconds_of(summary));
	if (seconds > 0)
		buffer_printf(out, ",\"now\":%.3f",
			      (double)(summary->denials - summary->before) / seconds);
	buffer_append_text(out, ",\"severity\":{");
	for (uint32_t i = 0; i < BAILIWICK_SEVERITY_COUNT; i++)
		buffer_printf(out, "%s\"%s\":%" PRIu64, i ? "," : "", event_severity_text(i),
			      summary->severity[i]);
	buffer_append_byte(out, '}');
	for (int by = 0; by < SUMMARY_BY_COUNT; by++) {
		buffer_printf(out, ",\"%s\":", keys[by]);
		rank_json(&summary->by[by], most, out);
	}
	buffer_append_byte(out, '}');
}

void summary_done(struct summary *summary)
{
	free(summary->host);
	for (int by = 0; by < SUMMARY_BY_COUNT; by++)
		rank_done(&summary->by[by]);
	memset(summary, 0, sizeof(*summary));
}
