// SPDX-License-Identifier: Apache-2.0
/* From ring records and the controller's own news to journal records */
#include "daemon/recorder.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/escape.h"
#include "event/enrich.h"
#include "event/gap.h"

#define IMAGES_KEPT 4
#define HOST_MAX 256
#define LOST_NAMED 3		/* subjects a sentence names */
#define PACK_BYTES (4u << 20)	/* packed in a turn: some milliseconds, */
#define PACK_PIECE (PACK_BYTES / 16)
#define PACK_TIME 100000000u	/* ns; on a slow machine fewer */

struct recorder {
	struct journal *journal;
	struct names *names;
	struct explain_cache *cache;
	struct gap gap;
	bool restarted;			/* the next record says so */
	bool taken_over;		/* numbers may have been given before the journal began */
	bool sealed;
	bool folding;
	uint64_t folded;
	uint64_t clock;			/* CLOCK_REALTIME minus CLOCK_BOOTTIME, ns */
	struct image *images[IMAGES_KEPT];	/* newest first */
	struct recorder_totals totals;
	struct tally tally;
	struct bursts *bursts;		/* NULL while nobody asked for findings */
	recorder_refused_fn *refused;	/* NULL while nobody knows */
	void *refused_context;
	uint64_t coming;		/* number of the record that is being told, 0 for none */
	uint64_t unreported;		/* unwritten ones the journal does not tell of yet */
	struct buffer line;
	char host[HOST_MAX];
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Numbers already on disk must not be written again after a crash in between */
static void seen(void *context, uint64_t source, unsigned int flags)
{
	struct recorder *recorder = context;
	struct gap_range lost;

	if (flags & JOURNAL_FLAG_RESTART) {
		gap_init(&recorder->gap, 1);
		recorder->taken_over = false;
	}
	if (flags & JOURNAL_FLAG_SETTLED)
		gap_settle(&recorder->gap, source, &lost);
	else if (source)
		gap_seen(&recorder->gap, source, &lost);
}

/* What was found when the journal was opened is its first new record */
static void tell_notes(struct recorder *recorder, const struct buffer *notes)
{
	struct event event = {
		.kind = EVENT_JOURNAL,
		.severity = BAILIWICK_SEVERITY_SERIOUS,
		.message = notes->data,
	};

	if (!notes->size)
		return;
	recorder_event(recorder, &event);
	if (!recorder->totals.unwritten && journal_sync(recorder->journal) == 0)
		journal_told(recorder->journal);
}

int recorder_open(const char *directory, const struct journal_options *options,
		  const char *passwd, struct buffer *notes, struct recorder **ret)
{
	_cleanup_(recorder_closep) struct recorder *recorder = calloc(1, sizeof(*recorder));
	int r;

	if (!recorder)
		return -ENOMEM;
	gap_init(&recorder->gap, 1);
	recorder->taken_over = true;
	r = journal_open(directory, options, seen, recorder, notes, &recorder->journal);
	if (r < 0)
		return r;
	recorder->gap.lost = 0;
	recorder->names = names_new(passwd);
	recorder->cache = explain_cache_new();
	if (!recorder->names || !recorder->cache)
		return -ENOMEM;
	recorder_refresh(recorder);
	tell_notes(recorder, notes);
	*ret = TAKE_PTR(recorder);
	return 0;
}

struct recorder *recorder_close(struct recorder *recorder)
{
	if (!recorder)
		return NULL;
	/* what has begun is told now: the next recorder knows nothing of it */
	if (recorder->bursts)
		bursts_end(recorder->bursts, UINT64_MAX);
	for (int i = 0; i < IMAGES_KEPT; i++)
		image_close(recorder->images[i]);
	names_free(recorder->names);
	explain_cache_free(recorder->cache);
	journal_close(recorder->journal);
	buffer_done(&recorder->line);
	tally_done(&recorder->tally);
	bursts_free(recorder->bursts);
	free(recorder);
	return NULL;
}

static void tell_finding(void *context, struct event *finding)
{
	recorder_event(context, finding);
}

int recorder_watch(struct recorder *recorder, const struct burst_limits *limits)
{
	recorder->bursts = bursts_new(limits, tell_finding, recorder);
	return recorder->bursts ? 0 : -ENOMEM;
}

void recorder_ask(struct recorder *recorder, recorder_refused_fn *refused, void *context)
{
	recorder->refused = refused;
	recorder->refused_context = context;
}

void recorder_restart(struct recorder *recorder)
{
	gap_init(&recorder->gap, 1);
	recorder->restarted = true;
	recorder->taken_over = false;
}

void recorder_resume(struct recorder *recorder, uint64_t given)
{
	/* of the loading before: whoever loaded anew was ended before it could say so */
	if (recorder->gap.top > given)
		recorder_restart(recorder);
}

void recorder_image(struct recorder *recorder, struct image *image, uint64_t in_force)
{
	int out = IMAGES_KEPT - 1;

	/* images that were tried and taken back must not drive out the one in force */
	if (recorder->images[out] && recorder->images[out]->header->version == in_force)
		out--;
	explain_cache_forget(recorder->cache);
	image_close(recorder->images[out]);
	memmove(recorder->images + 1, recorder->images, (size_t)out * sizeof(*recorder->images));
	recorder->images[0] = image;
}

const struct image *recorder_find_image(const struct recorder *recorder, uint64_t version)
{
	for (int i = 0; i < IMAGES_KEPT; i++)
		if (recorder->images[i] && recorder->images[i]->header->version == version)
			return recorder->images[i];
	return NULL;
}

void recorder_seal(struct recorder *recorder, bool sealed)
{
	recorder->sealed = sealed;
}

uint64_t recorder_fold(struct recorder *recorder, bool on)
{
	uint64_t folded = recorder->folded;

	recorder->folding = on;
	if (on)
		recorder->folded = 0;
	return folded;
}

/* --- into the journal ------------------------------------------------------ */

/* Numbers may have been given before the first that comes, and the journal does not say which */
static bool begins_unknown(const struct recorder *recorder)
{
	return recorder->taken_over && recorder->gap.top == 0;
}

/* Every number up to this is accounted for, told or not; not the one that is just being told */
static uint64_t settled(const struct recorder *recorder)
{
	uint64_t next = recorder->gap.next;

	return (recorder->coming && recorder->coming < next ? recorder->coming : next) - 1;
}

static int append(struct recorder *recorder, struct event *event, uint64_t source,
		  unsigned int flags)
{
	struct journal_entry entry = {
		.time = event->time,
		.source = source,
		.next_source = begins_unknown(recorder) ? 0 : settled(recorder) + 1,
		.flags = flags,
	};
	int r;

	/* the number of one that tells of a deletion is none of the kernel's */
	if (recorder->restarted && !(flags & JOURNAL_FLAG_TRIMMED))
		entry.flags |= JOURNAL_FLAG_RESTART;
	event->journal = journal_identity(recorder->journal);
	event->sequence = journal_next(recorder->journal);
	event->host = recorder->host;
	event->sealed = recorder->sealed;
	buffer_clear(&recorder->line);
	r = event_write_json(event, &recorder->line);
	entry.data = recorder->line.data;
	entry.size = recorder->line.size;
	if (r == 0)
		r = journal_append(recorder->journal, &entry);
	if (r == 0 && entry.flags & JOURNAL_FLAG_RESTART)
		recorder->restarted = false;
	return r;
}

/* With it every number so far is accounted for: no restart may count them once more */
static uint64_t report_unwritten(struct recorder *recorder)
{
	char text[128];
	struct event event = {
		.kind = EVENT_JOURNAL,
		.severity = BAILIWICK_SEVERITY_SERIOUS,
		.time = clock_ns(CLOCK_REALTIME),
		.count = recorder->unreported,
		.message = text,
	};

	snprintf(text, sizeof(text), "the journal could not take %" PRIu64 " events (%s)",
		 recorder->unreported, strerror(-recorder->totals.problem));
	if (append(recorder, &event, settled(recorder), JOURNAL_FLAG_SETTLED) < 0)
		return recorder->unreported;
	recorder->totals.recorded++;
	return 0;
}

/* Past a limit: first the record that says so, for good, then the deletion */
static void trim(struct recorder *recorder)
{
	char text[128];
	struct event event = {
		.kind = EVENT_JOURNAL,
		.time = clock_ns(CLOCK_REALTIME),
		.count = 1,
		.message = text,
	};
	uint64_t first;
	bool age;

	if (!journal_excess(recorder->journal, &first, &age))
		return;
	snprintf(text, sizeof(text), "records before %" PRIu64 " are past the journal's limit of %s and "
		 "are deleted", first, age ? "age" : "size");
	if (append(recorder, &event, first, JOURNAL_FLAG_TRIMMED) < 0)
		return;
	recorder->totals.recorded++;
	if (journal_sync(recorder->journal) == 0)
		journal_trim(recorder->journal, first);
}

static void keep(struct recorder *recorder, struct event *event, uint64_t source,
		 unsigned int flags)
{
	int r;

	if (recorder->unreported)
		recorder->unreported = report_unwritten(recorder);
	if (source == recorder->coming)
		recorder->coming = 0;
	r = append(recorder, event, source, flags);
	recorder->totals.problem = r;
	if (r < 0) {
		recorder->totals.unwritten++;
		recorder->unreported += event->count ? event->count : 1;
		return;
	}
	recorder->totals.recorded++;
	if (journal_crowded(recorder->journal))
		trim(recorder);
	if (journal_sync_due(recorder->journal) == 0)
		recorder_sync(recorder);
}

/* Says in the journal that every number so far is accounted for, told or not */
static void keep_settled(struct recorder *recorder, struct event *event)
{
	keep(recorder, event, settled(recorder), JOURNAL_FLAG_SETTLED);
}

/* A subject as a policy names it; its unit's name is a stranger's text */
static void name_share(const struct recorder *recorder, const struct share_debt *debt,
		       struct buffer *out)
{
	const char *user = names_user(recorder->names, (uint32_t)debt->key);

	if (debt->key & BAILIWICK_SHARE_CALLERS)
		buffer_append_text(out, "callers of ");
	if (debt->key & BAILIWICK_SHARE_UNIT) {
		buffer_append_text(out, "unit:");
		escape_ascii(out, debt->unit, strlen(debt->unit));
	} else if (user) {
		buffer_printf(out, "user:%s", user);
	} else {
		buffer_printf(out, "user:%" PRIu32, (uint32_t)debt->key);
	}
	buffer_append_byte(out, 0);
}

/* Whose they were: a list for programs, and its beginning in the sentence */
static void name_subjects(const struct recorder *recorder, const struct share_debts *debts,
			  uint64_t lost, struct event_item list[SHARE_DEBTS + 1],
			  struct buffer *names, struct buffer *text)
{
	uint64_t rest = lost;
	size_t at[SHARE_DEBTS];

	for (size_t i = 0; i < debts->count; i++) {
		at[i] = names->size;
		name_share(recorder, &debts->list[i], names);
	}
	for (size_t i = 0; i < debts->count && !names->failed; i++) {
		list[i] = (struct event_item){ .object = names->data + at[i],
					       .count = debts->list[i].count };
		rest -= debts->list[i].count;
		if (i < LOST_NAMED)
			buffer_printf(text, "%s %" PRIu64 " of %s", i ? "," : ":", list[i].count,
				      list[i].object);
	}
	if (debts->count && rest)
		list[debts->count] = (struct event_item){ .object = "others", .count = rest };
}

static void tell_lost(struct recorder *recorder, const struct gap_range *lost)
{
	struct event_item list[SHARE_DEBTS + 1] = { 0 };
	struct buffer names = { 0 }, text = { 0 };
	struct share_debts debts = { 0 };
	struct event event = {
		.kind = EVENT_LOST,
		.severity = BAILIWICK_SEVERITY_SERIOUS,
		.time = clock_ns(CLOCK_REALTIME),
		.count = lost->count,
		.list = list,
	};

	if (!lost->count)
		return;
	if (recorder->refused && recorder->refused(recorder->refused_context, lost->count, &debts) < 0)
		debts.count = 0;
	buffer_printf(&text, "%" PRIu64 " of the records %" PRIu64 " to %" PRIu64
		      " found no room in the ring; the counters have them", lost->count, lost->first,
		      lost->last);
	name_subjects(recorder, &debts, lost->count, list, &names, &text);
	while (event.list_count <= debts.count && list[event.list_count].count)
		event.list_count++;
	event.message = text.failed ? "records found no room in the ring" : text.data;
	recorder->totals.lost += lost->count;
	keep_settled(recorder, &event);
	buffer_done(&names);
	buffer_done(&text);
}

static void tell_unreadable(struct recorder *recorder, enum decode_answer answer,
			    const struct bailiwick_event *header, size_t size)
{
	char text[160];
	struct event event = {
		.kind = EVENT_UNKNOWN,
		.severity = BAILIWICK_SEVERITY_SERIOUS,
		.time = clock_ns(CLOCK_REALTIME),
		.count = 1,
		.message = text,
	};

	switch (answer) {
	case DECODE_UNKNOWN:
		snprintf(text, sizeof(text), "record %" PRIu64 " is of kind %u, which is newer than "
			 "this controller", (uint64_t)header->sequence, header->kind);
		break;
	case DECODE_FOREIGN:
		snprintf(text, sizeof(text), "record %" PRIu64 " is of ABI %u, this controller's is %d",
			 (uint64_t)header->sequence, header->abi, BAILIWICK_ABI);
		break;
	default:
		snprintf(text, sizeof(text), "record %" PRIu64 " of %zu bytes contradicts itself",
			 (uint64_t)header->sequence, size);
		break;
	}
	keep(recorder, &event, answer == DECODE_MALFORMED ? 0 : header->sequence, 0);
}

static bool is_new(struct recorder *recorder, uint64_t sequence)
{
	struct gap_range lost;
	bool new;

	if (!sequence)
		return true;
	if (begins_unknown(recorder))
		gap_init(&recorder->gap, sequence);	/* nothing on disk to begin from */
	recorder->taken_over = false;
	new = gap_seen(&recorder->gap, sequence, &lost);
	recorder->coming = sequence;
	tell_lost(recorder, &lost);
	return new;
}

static int record_one(struct recorder *recorder, const void *record, size_t size)
{
	struct bailiwick_event header;
	struct enrichment room = { .cache = recorder->cache };
	struct denial denial;
	struct event event;
	enum decode_answer answer = decode_record(record, size, &header, &denial);

	/* what contradicts itself is not believed about its number either */
	if (answer != DECODE_MALFORMED && !is_new(recorder, header.sequence))
		return 0;
	if (answer != DECODE_DENIAL) {
		tell_unreadable(recorder, answer, &header, size);
		return 0;
	}
	if (recorder->folding && denial.record.row == BAILIWICK_ROW_CANARY) {
		recorder->folded += denial.count;
		return 0;
	}
	if (enrich_denial(&denial, recorder_find_image(recorder, denial.record.policy_version),
			  recorder->names, recorder->clock, &room, &event) < 0) {
		recorder->totals.unwritten++;
		recorder->unreported++;
		return 0;
	}
	tally_add(&recorder->tally, event.severity, event.verdict, event.role, event.count);
	keep(recorder, &event, header.sequence, 0);
	if (recorder->bursts)
		bursts_add(recorder->bursts, &event, clock_ns(CLOCK_MONOTONIC));
	return 0;
}

int recorder_record(void *context, const void *record, size_t size)
{
	struct recorder *recorder = context;
	int r = record_one(recorder, record, size);

	recorder->coming = 0;
	return r;
}

void recorder_event(struct recorder *recorder, struct event *event)
{
	struct event_subject *subject = &event->subject;

	event->time = clock_ns(CLOCK_REALTIME);
	if (!event->count)
		event->count = 1;
	if (subject->known && !subject->user)
		subject->user = names_user(recorder->names, subject->login_uid != UINT32_MAX ?
					   subject->login_uid : subject->uid);
	if (event->kind == EVENT_CANARY)
		keep_settled(recorder, event);
	else
		keep(recorder, event, 0, 0);
}

void recorder_settle(struct recorder *recorder, uint64_t sequence)
{
	struct gap_range lost;

	if (begins_unknown(recorder))
		return;			/* not one record yet: nothing to measure from */
	gap_settle(&recorder->gap, sequence, &lost);
	tell_lost(recorder, &lost);
}

void recorder_sync(struct recorder *recorder)
{
	int r = journal_sync(recorder->journal);

	if (r < 0)
		recorder->totals.problem = r;
}

/* Others wait meanwhile */
static void pack(struct recorder *recorder)
{
	uint64_t begun = clock_ns(CLOCK_MONOTONIC);

	for (size_t done = 0; done < PACK_BYTES; done += PACK_PIECE)
		if (journal_pack(recorder->journal, PACK_PIECE) != 1 ||
		    clock_ns(CLOCK_MONOTONIC) - begun > PACK_TIME)
			return;
}

void recorder_tend(struct recorder *recorder)
{
	if (recorder->bursts)
		bursts_end(recorder->bursts, clock_ns(CLOCK_MONOTONIC));
	trim(recorder);
	pack(recorder);
}

void recorder_refresh(struct recorder *recorder)
{
	recorder->clock = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME);
	names_refresh(recorder->names);
	if (gethostname(recorder->host, sizeof(recorder->host)) < 0)
		strcpy(recorder->host, "localhost");
	recorder->host[sizeof(recorder->host) - 1] = 0;
}

void recorder_totals(const struct recorder *recorder, struct recorder_totals *ret)
{
	*ret = recorder->totals;
}

const struct tally *recorder_tally(const struct recorder *recorder)
{
	return &recorder->tally;
}

const struct journal *recorder_journal(const struct recorder *recorder)
{
	return recorder->journal;
}

const char *recorder_host(const struct recorder *recorder)
{
	return recorder->host;
}
