// SPDX-License-Identifier: Apache-2.0
/* Opening what was left: by a stop of the machine, or by somebody's hand */
#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/writeall.h"
#include "journal/store.h"

#define TORN ".torn-"
#define UNTOLD ".new"		/* behind the name of what was cut off, until it is recorded */
#define ASIDE_MAX (SEGMENT_NAME_MAX + 48)
#define ASIDE_TRIES 1000

static uint64_t last_first(const struct journal *journal)
{
	return journal->segments.first[journal->segments.count - 1];
}

/* A file for what is cut off; never one that is there */
static int make_aside(struct journal *journal, char aside[ASIDE_MAX])
{
	char name[SEGMENT_NAME_MAX];

	segment_name(last_first(journal), name);
	for (int i = 0; i < ASIDE_TRIES; i++) {
		int fd;

		snprintf(aside, ASIDE_MAX, "%s" TORN "%" PRIu64 "-%d", name,
			 (uint64_t)journal->tail.offset, i);
		if (faccessat(journal->directory, aside, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			continue;
		strcat(aside, UNTOLD);
		fd = openat(journal->directory, aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd >= 0 || errno != EEXIST)
			return fd >= 0 ? fd : -errno;
	}
	return -EEXIST;
}

/* Keep the bytes of a torn end beside the segment, then cut them off */
static int cut_torn_end(struct journal *journal, struct buffer *notes)
{
	off_t from = journal->tail.offset, at = from;
	_cleanup_close_ int fd = -1;
	char aside[ASIDE_MAX], block[4096];
	ssize_t n;
	int r = 0;

	fd = make_aside(journal, aside);
	if (fd < 0)
		return fd;
	while (r == 0 && (n = pread(journal->tail.fd, block, sizeof(block), at)) > 0) {
		r = writeall(fd, block, (size_t)n);
		at += n;
	}
	if (r == 0 && (fsync(fd) < 0 || fsync(journal->directory) < 0 ||
		       ftruncate(journal->tail.fd, from) < 0))
		r = -errno;
	buffer_printf(notes, "the journal's last write was torn: %" PRIu64 " bytes after record %"
		      PRIu64 " were cut off and kept in %.*s\n", (uint64_t)(at - from),
		      journal->tail.sequence - 1, (int)(strlen(aside) - strlen(UNTOLD)), aside);
	return r;
}

/* Is this the name of something cut off that no record tells of? */
static bool is_untold(const char *name)
{
	size_t size = strlen(name), end = strlen(UNTOLD);

	return size > end && size < ASIDE_MAX && strcmp(name + size - end, UNTOLD) == 0 &&
	       strstr(name, JOURNAL_SUFFIX TORN);
}

/* Calls for each such file until told otherwise; the name is without its mark */
static void each_untold(struct journal *journal, void (*call)(struct journal *, const char *,
							      struct buffer *), struct buffer *notes)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	int fd = openat(journal->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return;
	}
	while ((entry = readdir(dir)))
		if (is_untold(entry->d_name))
			call(journal, entry->d_name, notes);
}

static void tell_again(struct journal *journal, const char *name, struct buffer *notes)
{
	(void)journal;
	buffer_printf(notes, "an earlier start cut off a torn end and could not record it: %.*s\n",
		      (int)(strlen(name) - strlen(UNTOLD)), name);
}

static void mark_told(struct journal *journal, const char *name, struct buffer *notes)
{
	char told[ASIDE_MAX];

	(void)notes;
	snprintf(told, sizeof(told), "%.*s", (int)(strlen(name) - strlen(UNTOLD)), name);
	renameat(journal->directory, name, journal->directory, told);
}

void journal_told(struct journal *journal)
{
	each_untold(journal, mark_told, NULL);
}

/*
 * Something that is no record of the chain, with more behind it: somebody or
 * something changed the file.  It is evidence: leave it, and go on behind the
 * highest number it claims, so that no number is given twice.
 */
static void pass_damage(struct journal *journal, struct buffer *notes)
{
	struct segment_cursor *tail = &journal->tail;
	struct segment_record record;
	int r;

	buffer_printf(notes, "the journal is damaged at record %" PRIu64 " (segment %" PRIu64
		      ", byte %" PRIu64 "); the segment is left as it is and a new one begun\n",
		      tail->sequence, last_first(journal), (uint64_t)tail->offset);
	do {
		if (!segment_skip(tail)) {
			tail->sequence++;
			return;
		}
		while ((r = segment_next(tail, &record)) == SEGMENT_RECORD)
			segment_record_done(&record);
	} while (r == SEGMENT_DAMAGED);
}

/* The next number is taken from the head where the segments end before it */
static int go_on_behind(struct journal *journal, const struct journal_head *head,
			struct buffer *notes)
{
	uint8_t id[JOURNAL_ID_SIZE], hash[SHA256_SIZE];
	uint64_t next = journal->tail.sequence;

	memcpy(id, journal->tail.header.id, sizeof(id));
	memcpy(hash, journal->tail.hash, sizeof(hash));
	if (head && next < head->next) {
		buffer_printf(notes, "the journal's records %" PRIu64 " to %" PRIu64 " were on disk "
			      "and are missing at its end\n", next, head->next - 1);
		next = head->next;
		memcpy(hash, head->hash, sizeof(hash));
	}
	return store_begin_segment(journal, next, id, hash);
}

/* The records of one segment; @last rises to the highest source */
static int see_segment(struct segment_cursor *cursor, journal_seen_fn *seen, void *context,
		       uint64_t *last)
{
	struct segment_record record;
	int r;

	while ((r = segment_next(cursor, &record)) == SEGMENT_RECORD) {
		if (record.header.flags & JOURNAL_FLAG_RESTART)
			*last = 0;
		if (!(record.header.flags & JOURNAL_FLAG_TRIMMED)) {
			if (record.header.source > *last)
				*last = record.header.source;
			if (seen)
				seen(context, record.header.source, record.header.flags);
		}
		segment_record_done(&record);
	}
	return r;
}

/* See a closed segment, or with @seen NULL its header alone; its highest source before, or -1 */
static int64_t see_closed(struct journal *journal, size_t at, journal_seen_fn *seen, void *context)
{
	struct segment_cursor cursor;
	uint64_t before, last;
	int r = 0;

	if (segment_open(journal->directory, journal->segments.first[at], O_RDONLY, &cursor) < 0)
		return -1;
	before = last = le64toh(cursor.header.last_source);
	if (seen)
		r = see_segment(&cursor, seen, context, &last);
	segment_close(&cursor);
	return !seen || r == SEGMENT_END ? (int64_t)before : -1;
}

/* Who cannot be asked which numbers came, and what that leaves unknown */
static bool cannot_see(struct journal *journal, size_t at, uint64_t next, uint64_t last,
		       struct buffer *notes)
{
	buffer_printf(notes, "segment %" PRIu64 " of the journal cannot be read: which of the denials "
		      "numbered %" PRIu64 " to %" PRIu64 " were lost is not known\n",
		      journal->segments.first[at], next, last);
	return false;
}

/*
 * Numbers below the highest one were still missing when the last segment began, and whoever
 * waited for them is gone: see the segments that have what came from @next on.  False where
 * one of them cannot be read.
 */
static bool see_before(struct journal *journal, uint64_t next, uint64_t last,
		       journal_seen_fn *seen, void *context, struct buffer *notes)
{
	size_t end = journal->segments.count - 1, at = end;
	int64_t before = (int64_t)last;

	/* with more than the last one has before it the numbers began anew in between */
	while (at && before >= (int64_t)next && before <= (int64_t)last) {
		before = see_closed(journal, --at, NULL, NULL);
		if (before < 0)
			return cannot_see(journal, at, next, last, notes);
	}
	seen(context, (uint64_t)before, JOURNAL_FLAG_SETTLED);
	for (; at < end; at++)
		if (see_closed(journal, at, seen, context) < 0)
			return cannot_see(journal, at, next, last, notes);
	seen(context, next - 1, JOURNAL_FLAG_SETTLED);
	return true;
}

static int see_records(struct journal *journal, journal_seen_fn *seen, void *context,
		       struct buffer *notes)
{
	uint64_t last = le64toh(journal->tail.header.last_source);
	uint64_t next = le64toh(journal->tail.header.next_source);

	/* Numbers had begun anew, and none was given yet */
	if (seen && next == 1 && !last)
		seen(context, 0, JOURNAL_FLAG_RESTART);
	/* A writer that did not say lost count of what was missing */
	else if (seen && (!next || next > last ||
			  !see_before(journal, next, last, seen, context, notes)))
		seen(context, last, JOURNAL_FLAG_SETTLED);
	journal->last_source = last;
	journal->next_source = next;
	return see_segment(&journal->tail, seen, context, &journal->last_source);
}

static int walk_last(struct journal *journal, const struct journal_head *head,
		     journal_seen_fn *seen, void *context, struct buffer *notes)
{
	int r = see_records(journal, seen, context, notes);

	/* what was never said to be on disk may be there in part, in any order */
	if (r == SEGMENT_DAMAGED && head && journal->tail.sequence >= head->next)
		r = SEGMENT_TORN;
	if (r < 0)
		return r;
	if (r == SEGMENT_DAMAGED)
		pass_damage(journal, notes);
	if (r == SEGMENT_TORN) {
		int error = cut_torn_end(journal, notes);

		if (error < 0)
			return error;
	}
	if (r == SEGMENT_DAMAGED || journal->tail.unpack ||
	    (head && journal->tail.sequence < head->next))
		return go_on_behind(journal, head, notes);
	return fdatasync(journal->tail.fd) < 0 ? -errno : store_write_head(journal);
}

/* A segment whose header was never written whole holds nothing */
static int drop_headless(struct journal *journal, struct buffer *notes)
{
	uint64_t first = last_first(journal);
	char name[SEGMENT_NAME_MAX], aside[SEGMENT_NAME_MAX + 16];

	segment_name(first, name);
	if (faccessat(journal->directory, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		segment_packed_name(first, name);
	snprintf(aside, sizeof(aside), "%s.foreign", name);
	if (renameat(journal->directory, name, journal->directory, aside) < 0)
		return -errno;
	buffer_printf(notes, "%s does not begin like a journal segment; renamed to %s\n", name, aside);
	journal->segments.count--;
	return 0;
}

/* Without a segment: a new journal, or one whose segments are all gone */
static int first_segment(struct journal *journal, const struct journal_head *head,
			 struct buffer *notes)
{
	const uint8_t previous[SHA256_SIZE] = { 0 };
	uint8_t id[JOURNAL_ID_SIZE];

	if (head && head->next > 1) {
		buffer_printf(notes, "all records of the journal are missing; %" PRIu64 " were on disk\n",
			      head->next - 1);
		return store_begin_segment(journal, head->next, head->id, head->hash);
	}
	if (getrandom(id, sizeof(id), 0) != sizeof(id))
		return -EIO;
	return store_begin_segment(journal, 1, id, previous);
}

/* NULL when there is none to believe */
static int find_head(struct journal *journal, struct journal_head *head,
		     const struct journal_head **ret, struct buffer *notes)
{
	int r = head_read(journal->directory, head);

	if (r == -EBADMSG)
		buffer_append_text(notes, "the journal's head is damaged: whether records are missing "
					  "at the end cannot be told\n");
	else if (r == -ENOENT && journal->segments.count)
		buffer_append_text(notes, "the journal's head is missing: whether records are missing "
					  "at the end cannot be told\n");
	else if (r < 0 && r != -ENOENT)
		return r;
	*ret = r == 0 ? head : NULL;
	journal->head = head_open(journal->directory);
	return journal->head < 0 ? journal->head : 0;
}

int store_open_last(struct journal *journal, journal_seen_fn *seen, void *context,
		    struct buffer *notes)
{
	const struct journal_head *head = NULL;
	struct journal_head room;
	int r;

	each_untold(journal, tell_again, notes);
	r = find_head(journal, &room, &head, notes);
	while (r == 0 && journal->segments.count) {
		r = segment_open(journal->directory, last_first(journal), O_RDWR, &journal->tail);
		if (r == 0 && head && memcmp(head->id, journal->tail.header.id, sizeof(head->id))) {
			buffer_append_text(notes, "the journal's head is another journal's\n");
			head = NULL;
		}
		if (r == 0)
			return walk_last(journal, head, seen, context, notes);
		if (r == -EBADMSG)
			r = drop_headless(journal, notes);
	}
	return r < 0 ? r : first_segment(journal, head, notes);
}
