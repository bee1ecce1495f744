// SPDX-License-Identifier: Apache-2.0
/* Is everything there that was written, as it was written? */
#include "journal/verify.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#include "base/cleanup.h"

/* A writer at work needs less than this for what looks cut off between two looks */
#define LOOK_AGAIN_TIMES 20
#define LOOK_AGAIN_NS 20000000

struct verification {
	int directory;
	const struct verify_anchor *anchor;
	verify_found_fn *found;
	void *context;
	struct verify_report report;
	struct journal_head head;
	int head_answer;		/* of head_read(): taken before the segments */
	bool begun;			/* a segment has been read */
	bool anchored;			/* the anchor's place was seen */
	bool head_seen;			/* and the head's */
	uint8_t id[JOURNAL_ID_SIZE];
	uint8_t before[SHA256_SIZE];	/* the chain at the end of the segment before */
	struct segment_cursor cursor;
	char name[SEGMENT_NAME_MAX];
};

static void finding(struct verification *v, enum verify_what what, uint64_t until,
		    const char *format, ...) __attribute__((format(printf, 4, 5)));

static void finding(struct verification *v, enum verify_what what, uint64_t until,
		    const char *format, ...)
{
	char text[320];
	struct verify_finding f = {
		.what = what, .segment = v->name, .text = text,
		.offset = (uint64_t)v->cursor.offset, .record = v->report.next, .until = until,
	};
	va_list values;

	va_start(values, format);
	vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	v->report.findings++;
	v->found(v->context, &f);
}

static void find_missing(struct verification *v, uint64_t until, const char *why)
{
	finding(v, VERIFY_MISSING, until, "records %" PRIu64 " to %" PRIu64 " are missing%s",
		v->report.next, until, why);
}

/* --- the two places outside the chain ---------------------------------------- */

/*
 * Is this place of the chain the one whose hash is @hash?  A new segment's header
 * adds to the chain without adding a record, so a place may have two.
 */
static bool is_place(const struct verification *v, uint64_t next, const uint8_t *hash)
{
	return next == v->cursor.sequence &&
	       (memcmp(hash, v->cursor.hash, SHA256_SIZE) == 0 ||
		(next == v->report.next && memcmp(hash, v->before, SHA256_SIZE) == 0));
}

static void compare(struct verification *v)
{
	if (v->anchor && !v->anchored)
		v->anchored = is_place(v, v->anchor->last + 1, v->anchor->hash);
	if (v->head_answer == 0 && !v->head_seen)
		v->head_seen = is_place(v, v->head.next, v->head.hash);
}

static void check_anchor(struct verification *v)
{
	const struct verify_anchor *anchor = v->anchor;

	v->name[0] = 0;
	if (!anchor || v->anchored)
		return;
	if (anchor->last >= v->report.next)
		finding(v, VERIFY_ANCHOR, anchor->last, "the journal ends at record %" PRIu64
			", but record %" PRIu64 " was there when the head was told",
			v->report.next - 1, anchor->last);
	else if (anchor->last + 1 < v->report.first)
		finding(v, VERIFY_ANCHOR, anchor->last, "record %" PRIu64 " is deleted: a head of that "
			"place can no longer be compared", anchor->last);
	else
		finding(v, VERIFY_ANCHOR, anchor->last, "the chain at record %" PRIu64 " is not the one "
			"whose head was told: it was written anew", anchor->last);
}

static void check_head(struct verification *v)
{
	const struct journal_head *head = &v->head;

	v->name[0] = 0;
	if (v->head_answer == -ENOENT)
		finding(v, VERIFY_HEAD, 0, "the file \"" JOURNAL_HEAD "\" is missing: records taken away at "
			"the end would not be seen");
	else if (v->head_answer < 0)
		finding(v, VERIFY_HEAD, 0, "the file \"" JOURNAL_HEAD "\" cannot be believed: records taken "
			"away at the end would not be seen");
	else if (memcmp(head->id, v->id, sizeof(v->id)))
		finding(v, VERIFY_HEAD, 0, "the file \"" JOURNAL_HEAD "\" is another journal's");
	else if (head->next > v->report.next)
		find_missing(v, head->next - 1, " at the end, although they were on disk");
	else if (!v->head_seen)
		finding(v, VERIFY_HEAD, 0, "the chain before record %" PRIu64 " has not the hash that the "
			"file \"" JOURNAL_HEAD "\" tells", head->next);
}

/* --- segments and records --------------------------------------------------- */

static void take_record(struct verification *v, const struct segment_record *record)
{
	v->report.records++;
	v->report.next = v->cursor.sequence;
	if (record->header.flags & JOURNAL_FLAG_TRIMMED && record->header.source > v->report.trimmed &&
	    record->header.source <= record->header.sequence)
		v->report.trimmed = record->header.source;
	compare(v);
}

static void find_change(struct verification *v)
{
	uint64_t says = 0, next = v->report.next;
	size_t size;

	if (!segment_peek(&v->cursor, v->cursor.offset, &says, &size))
		finding(v, VERIFY_CHANGED, 0, "where record %" PRIu64 " should be stands something that "
			"is no record", next);
	else if (says != next)
		finding(v, VERIFY_CHANGED, 0, "where record %" PRIu64 " should be stands one that calls "
			"itself %" PRIu64 ": changed, put in another place, or some are missing", next,
			says);
	else
		finding(v, VERIFY_CHANGED, 0, "record %" PRIu64 " is not the one that was written there: "
			"changed, or the one before it was", next);
}

/* The last segment may be in the middle of a write: look again */
static int look_again(struct verification *v, struct segment_record *record, int r)
{
	struct timespec pause = { .tv_nsec = LOOK_AGAIN_NS };
	_cleanup_close_ int lock = openat(v->directory, "lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (lock < 0 || flock(lock, LOCK_SH | LOCK_NB) == 0)
		return r;		/* nobody writes */
	for (int i = 0; i < LOOK_AGAIN_TIMES && (r == SEGMENT_TORN || r == SEGMENT_DAMAGED); i++) {
		nanosleep(&pause, NULL);
		r = segment_next(&v->cursor, record);
	}
	return r;
}

/* One answer of the segment; true while there is more of it */
static bool walk_on(struct verification *v, int r, struct segment_record *record, bool last)
{
	switch (r) {
	case SEGMENT_RECORD:
		take_record(v, record);
		segment_record_done(record);
		return true;
	case SEGMENT_TORN:
		finding(v, VERIFY_CUT, 0, "the %s ends within record %" PRIu64,
			last ? "journal" : "segment", v->report.next);
		return false;
	case SEGMENT_DAMAGED:
		find_change(v);
		if (segment_skip(&v->cursor)) {
			v->report.next = v->cursor.sequence;
			return true;
		}
		finding(v, VERIFY_CHANGED, 0, "what follows in this segment cannot be read");
		return false;
	default:
		return false;
	}
}

static int walk_segment(struct verification *v, bool last)
{
	struct segment_record record;
	int r;

	do {
		r = segment_next(&v->cursor, &record);
		if (last && (r == SEGMENT_TORN || r == SEGMENT_DAMAGED))
			r = look_again(v, &record, r);
	} while (walk_on(v, r, &record, last));
	return r < 0 ? r : 0;
}

/* Does this segment go on where the one before ended? */
static void check_join(struct verification *v, uint64_t first)
{
	static const uint8_t nothing[SHA256_SIZE];
	const struct journal_segment_header *header = &v->cursor.header;

	if (!v->begun) {
		memcpy(v->id, header->id, sizeof(v->id));
		v->report.first = v->report.next = first;
		if (first == 1 && memcmp(header->previous, nothing, SHA256_SIZE))
			finding(v, VERIFY_CHAIN, 0, "the first segment says that one was before it");
		return;
	}
	if (memcmp(v->id, header->id, sizeof(v->id)))
		finding(v, VERIFY_HEADER, 0, "the segment is another journal's");
	if (first > v->report.next)
		find_missing(v, first - 1, " before this segment");
	else if (first < v->report.next)
		finding(v, VERIFY_CHAIN, 0, "the segment begins with record %" PRIu64 ", which was there "
			"before", first);
	else if (memcmp(v->before, header->previous, SHA256_SIZE))
		finding(v, VERIFY_CHAIN, 0, "the segment does not continue the chain of the one before");
	v->report.next = first;
}

static int verify_segment(struct verification *v, uint64_t first, bool last)
{
	int r = segment_open(v->directory, first, O_RDONLY, &v->cursor);

	segment_name(first, v->name);
	if (r == 0 && v->cursor.unpack)
		segment_packed_name(first, v->name);
	if (r == -ENOENT)
		return 0;		/* a limit deleted it meanwhile; or what follows says it is missing */
	if (r == -EBADMSG || r == -ELOOP) {
		v->cursor.offset = 0;
		finding(v, VERIFY_HEADER, 0, "the file does not begin like a segment that starts with "
			"record %" PRIu64, first);
		return 0;
	}
	if (r < 0)
		return r;
	check_join(v, first);
	v->begun = true;
	v->report.segments++;
	compare(v);
	r = walk_segment(v, last);
	memcpy(v->before, v->cursor.hash, SHA256_SIZE);
	memcpy(v->report.hash, v->cursor.hash, SHA256_SIZE);
	segment_close(&v->cursor);
	return r;
}

static void check_front(struct verification *v)
{
	uint64_t first = v->report.first;

	v->name[0] = 0;
	v->cursor.offset = 0;
	if (first <= 1 || first <= v->report.trimmed)
		return;
	v->report.next = v->report.trimmed ? v->report.trimmed : 1;
	find_missing(v, first - 1, " at the front, and no record says that a limit deleted them");
}

static int verify_all(struct verification *v)
{
	struct segment_list list = { 0 };
	uint64_t next;
	int r;

	v->head_answer = head_read(v->directory, &v->head);
	r = segment_list_read(v->directory, &list);
	for (size_t i = 0; r == 0 && i < list.count; i++)
		r = verify_segment(v, list.first[i], i + 1 == list.count);
	segment_list_done(&list);
	if (r < 0)
		return r;
	if (!v->begun && v->head_answer == -ENOENT && !v->report.findings)
		return -ENODATA;
	if (!v->begun)
		v->report.first = v->report.next = 1;
	check_head(v);
	check_anchor(v);
	next = v->report.next;
	check_front(v);
	v->report.next = next;
	return 0;
}

int verify_journal(const char *directory, const struct verify_anchor *anchor,
		   verify_found_fn *found, void *context, struct verify_report *ret)
{
	struct verification v = {
		.anchor = anchor, .found = found, .context = context, .cursor = { .fd = -1 },
	};
	_cleanup_close_ int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	v.directory = fd;
	r = verify_all(&v);
	segment_close(&v.cursor);
	if (r < 0)
		return r;
	for (size_t i = 0; i < JOURNAL_ID_SIZE; i++)
		snprintf(v.report.identity + 2 * i, 3, "%02x", v.id[i]);
	*ret = v.report;
	return 0;
}
