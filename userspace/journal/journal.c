// SPDX-License-Identifier: Apache-2.0
/* The journal's writer: one process appends, nothing is ever changed */
#include "journal/journal.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include "base/writeall.h"
#include "journal/segment.h"

#define LOCK_NAME "lock"

struct journal {
	int directory;
	int lock;
	struct segment_cursor tail;	/* fd of the last segment; where the next record goes */
	struct segment_list segments;
	struct journal_options options;
	uint64_t closed_bytes;		/* of all segments but the last */
	uint64_t last_source;
	bool dirty;			/* appended since the last sync */
	char identity[2 * JOURNAL_ID_SIZE + 1];
};

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int segments_add(struct segment_list *list, uint64_t first)
{
	uint64_t *more = reallocarray(list->first, list->count + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	list->first = more;
	list->first[list->count++] = first;
	return 0;
}

/* A new last segment; @id and @previous continue the chain */
static int begin_segment(struct journal *journal, uint64_t first, const uint8_t *id,
			 const uint8_t *previous)
{
	struct journal_segment_header header = {
		.magic = JOURNAL_MAGIC,
		.header_size = htole32(sizeof(header)),
		.first_sequence = htole64(first),
		.created = htole64(now()),
		.last_source = htole64(journal->last_source),
	};
	char name[SEGMENT_NAME_MAX];
	_cleanup_close_ int fd = -1;
	int r;

	memcpy(header.id, id, sizeof(header.id));
	memcpy(header.previous, previous, sizeof(header.previous));
	segment_name(first, name);
	fd = openat(journal->directory, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = writeall(fd, &header, sizeof(header));
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r == 0 && fsync(journal->directory) < 0)
		r = -errno;
	if (r == 0)
		r = segments_add(&journal->segments, first);
	if (r < 0) {
		unlinkat(journal->directory, name, 0);
		return r;
	}
	if (journal->tail.fd >= 0) {
		journal->closed_bytes += (uint64_t)journal->tail.offset;
		close(journal->tail.fd);
	}
	return segment_start(&journal->tail, TAKE_FD(fd), &header);
}

static int first_segment(struct journal *journal)
{
	const uint8_t previous[SHA256_SIZE] = { 0 };
	uint8_t id[JOURNAL_ID_SIZE];

	if (getrandom(id, sizeof(id), 0) != sizeof(id))
		return -EIO;
	return begin_segment(journal, 1, id, previous);
}

/* Keep the bytes of a torn end beside the segment, then cut them off */
static int cut_torn_end(struct journal *journal, off_t end, struct buffer *notes)
{
	uint64_t first = journal->segments.first[journal->segments.count - 1];
	char name[SEGMENT_NAME_MAX], aside[SEGMENT_NAME_MAX + 32];
	off_t from = journal->tail.offset, at = from;
	_cleanup_close_ int fd = -1;
	char block[4096];
	ssize_t n;
	int r = 0;

	segment_name(first, name);
	snprintf(aside, sizeof(aside), "%s.torn-%" PRIu64, name, (uint64_t)from);
	fd = openat(journal->directory, aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	while (r == 0 && (n = pread(journal->tail.fd, block, sizeof(block), at)) > 0) {
		r = writeall(fd, block, (size_t)n);
		at += n;
	}
	if (r == 0 && (fsync(fd) < 0 || ftruncate(journal->tail.fd, from) < 0))
		r = -errno;
	buffer_printf(notes, "the journal's last write was torn: %" PRIu64 " bytes after record %"
		      PRIu64 " were cut off and kept in %s\n", (uint64_t)(end - from),
		      journal->tail.sequence - 1, aside);
	return r;
}

/*
 * Something that is no record of the chain, with more behind it: somebody or
 * something changed the file.  It is evidence: leave it, and go on behind the
 * highest number it claims, so that no number is given twice.
 */
static int leave_damaged(struct journal *journal, struct buffer *notes)
{
	struct segment_cursor *tail = &journal->tail;
	uint8_t id[JOURNAL_ID_SIZE], hash[SHA256_SIZE];
	struct segment_record record;
	uint64_t bad = tail->sequence;
	int r;

	memcpy(id, tail->header.id, sizeof(id));
	buffer_printf(notes, "the journal is damaged at record %" PRIu64 " (segment %" PRIu64
		      ", byte %" PRIu64 "); the segment is left as it is and a new one begun\n",
		      bad, journal->segments.first[journal->segments.count - 1],
		      (uint64_t)tail->offset);
	do {
		if (!segment_skip(tail)) {
			tail->sequence++;
			break;
		}
		while ((r = segment_next(tail, &record)) == SEGMENT_RECORD)
			segment_record_done(&record);
	} while (r == SEGMENT_DAMAGED);
	memcpy(hash, tail->hash, sizeof(hash));
	return begin_segment(journal, tail->sequence, id, hash);
}

static int walk_last(struct journal *journal, journal_seen_fn *seen, void *context,
		     struct buffer *notes)
{
	struct segment_record record;
	struct stat st;
	int r;

	journal->last_source = le64toh(journal->tail.header.last_source);
	if (seen)
		seen(context, journal->last_source, JOURNAL_FLAG_SETTLED);
	while ((r = segment_next(&journal->tail, &record)) == SEGMENT_RECORD) {
		if (record.header.flags & JOURNAL_FLAG_RESTART)
			journal->last_source = 0;
		if (record.header.source > journal->last_source)
			journal->last_source = record.header.source;
		if (seen)
			seen(context, record.header.source, record.header.flags);
		segment_record_done(&record);
	}
	if (r == SEGMENT_DAMAGED)
		return leave_damaged(journal, notes);
	if (r == SEGMENT_TORN) {
		if (fstat(journal->tail.fd, &st) < 0)
			return -errno;
		return cut_torn_end(journal, st.st_size, notes);
	}
	return r < 0 ? r : 0;
}

/* A segment whose header was never written whole holds nothing */
static int drop_headless(struct journal *journal, struct buffer *notes)
{
	uint64_t first = journal->segments.first[journal->segments.count - 1];
	char name[SEGMENT_NAME_MAX], aside[SEGMENT_NAME_MAX + 16];

	segment_name(first, name);
	snprintf(aside, sizeof(aside), "%s.foreign", name);
	if (renameat(journal->directory, name, journal->directory, aside) < 0)
		return -errno;
	buffer_printf(notes, "%s does not begin like a journal segment; renamed to %s\n", name, aside);
	journal->segments.count--;
	return 0;
}

static int open_last(struct journal *journal, journal_seen_fn *seen, void *context,
		     struct buffer *notes)
{
	int r;

	while (journal->segments.count) {
		r = segment_open(journal->directory,
				 journal->segments.first[journal->segments.count - 1], O_RDWR,
				 &journal->tail);
		if (r == 0)
			return walk_last(journal, seen, context, notes);
		if (r != -EBADMSG)
			return r;
		r = drop_headless(journal, notes);
		if (r < 0)
			return r;
	}
	return first_segment(journal);
}

static uint64_t segment_bytes(const struct journal *journal, uint64_t first)
{
	char name[SEGMENT_NAME_MAX];
	struct stat st;

	if (fstatat(journal->directory, segment_name(first, name), &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return (uint64_t)st.st_size;
}

static void write_identity(struct journal *journal)
{
	for (size_t i = 0; i < JOURNAL_ID_SIZE; i++)
		snprintf(journal->identity + 2 * i, 3, "%02x", journal->tail.header.id[i]);
}

static int open_directory(struct journal *journal, const char *directory)
{
	if (mkdir(directory, 0700) < 0 && errno != EEXIST)
		return -errno;
	journal->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (journal->directory < 0)
		return -errno;
	journal->lock = openat(journal->directory, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (journal->lock < 0)
		return -errno;
	if (flock(journal->lock, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return segment_list_read(journal->directory, &journal->segments);
}

int journal_open(const char *directory, const struct journal_options *options,
		 journal_seen_fn *seen, void *context, struct buffer *notes, struct journal **ret)
{
	_cleanup_(journal_closep) struct journal *journal = calloc(1, sizeof(*journal));
	int r;

	if (!journal)
		return -ENOMEM;
	journal->directory = journal->lock = journal->tail.fd = -1;
	if (options)
		journal->options = *options;
	if (!journal->options.segment_size)
		journal->options.segment_size = JOURNAL_SEGMENT_SIZE;
	if (!journal->options.total_size)
		journal->options.total_size = JOURNAL_TOTAL_SIZE;
	r = open_directory(journal, directory);
	if (r < 0)
		return r;
	for (size_t i = 0; i + 1 < journal->segments.count; i++)
		journal->closed_bytes += segment_bytes(journal, journal->segments.first[i]);
	r = open_last(journal, seen, context, notes);
	if (r < 0)
		return r;
	write_identity(journal);
	*ret = TAKE_PTR(journal);
	return 0;
}

struct journal *journal_close(struct journal *journal)
{
	if (!journal)
		return NULL;
	journal_sync(journal);
	if (journal->tail.fd >= 0)
		close(journal->tail.fd);
	if (journal->lock >= 0)
		close(journal->lock);
	if (journal->directory >= 0)
		close(journal->directory);
	segment_list_done(&journal->segments);
	free(journal);
	return NULL;
}

/* The last segment is never deleted, however small the limit */
static void delete_oldest(struct journal *journal)
{
	struct segment_list *list = &journal->segments;
	char name[SEGMENT_NAME_MAX];

	while (list->count > 1 &&
	       journal->closed_bytes + (uint64_t)journal->tail.offset > journal->options.total_size) {
		uint64_t size = segment_bytes(journal, list->first[0]);

		if (unlinkat(journal->directory, segment_name(list->first[0], name), 0) < 0)
			return;
		journal->closed_bytes -= size < journal->closed_bytes ? size : journal->closed_bytes;
		memmove(list->first, list->first + 1, --list->count * sizeof(*list->first));
	}
}

static int rotate(struct journal *journal)
{
	uint8_t id[JOURNAL_ID_SIZE], hash[SHA256_SIZE];
	int r;

	r = journal_sync(journal);
	if (r < 0)
		return r;
	memcpy(id, journal->tail.header.id, sizeof(id));
	memcpy(hash, journal->tail.hash, sizeof(hash));
	r = begin_segment(journal, journal->tail.sequence, id, hash);
	if (r == 0)
		delete_oldest(journal);
	return r;
}

static int write_record(struct journal *journal, struct iovec *pieces, size_t size)
{
	ssize_t n;
	int r;

	do
		n = pwritev(journal->tail.fd, pieces, 3, journal->tail.offset);
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)size)
		return 0;
	r = n < 0 ? -errno : -ENOSPC;
	/* half a record would be the next one's damage */
	if (n > 0 && ftruncate(journal->tail.fd, journal->tail.offset) < 0)
		return -errno;
	return r;
}

int journal_append(struct journal *journal, const struct journal_entry *entry)
{
	struct journal_record_header header = {
		.size = htole32((uint32_t)(JOURNAL_RECORD_MIN + entry->size)),
		.kind = htole16(JOURNAL_KIND_EVENT),
		.flags = htole16((uint16_t)entry->flags),
		.time = htole64(entry->time),
		.source = htole64(entry->source),
	};
	uint8_t hash[SHA256_SIZE];
	struct iovec chain[3] = {
		{ .iov_base = journal->tail.hash, .iov_len = SHA256_SIZE },
		{ .iov_base = &header, .iov_len = sizeof(header) },
		{ .iov_base = (void *)entry->data, .iov_len = entry->size },
	};
	struct iovec record[3] = { chain[1], chain[2], { .iov_base = hash, .iov_len = SHA256_SIZE } };
	int r = 0;

	if (entry->size > JOURNAL_PAYLOAD_MAX)
		return -EMSGSIZE;
	if ((uint64_t)journal->tail.offset >= journal->options.segment_size)
		r = rotate(journal);
	if (r < 0)
		return r;
	header.sequence = htole64(journal->tail.sequence);
	r = sha256_pieces(chain, 3, hash);
	if (r == 0)
		r = write_record(journal, record, JOURNAL_RECORD_MIN + entry->size);
	if (r < 0)
		return r;
	journal->tail.offset += (off_t)(JOURNAL_RECORD_MIN + entry->size);
	journal->tail.sequence++;
	memcpy(journal->tail.hash, hash, SHA256_SIZE);
	if (entry->flags & JOURNAL_FLAG_RESTART)
		journal->last_source = 0;
	if (entry->source > journal->last_source)
		journal->last_source = entry->source;
	journal->dirty = true;
	return 0;
}

int journal_sync(struct journal *journal)
{
	if (!journal->dirty)
		return 0;
	if (fdatasync(journal->tail.fd) < 0)
		return -errno;
	journal->dirty = false;
	return 0;
}

uint64_t journal_next(const struct journal *journal)
{
	return journal->tail.sequence;
}

const char *journal_identity(const struct journal *journal)
{
	return journal->identity;
}

uint64_t journal_bytes(const struct journal *journal)
{
	return journal->closed_bytes + (uint64_t)journal->tail.offset;
}
