// SPDX-License-Identifier: Apache-2.0
/* The journal's writer: one process appends, nothing is ever changed */
#include "journal/journal.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/writeall.h"
#include "journal/store.h"

#define LOCK_NAME "lock"
#define BEGUN "begun"		/* a segment whose header is not on disk yet */
#define RETRY 1000000000	/* ns between two attempts when the disk takes nothing */
#define SYNC_BYTES (1 << 20)	/* appended and not on disk: enough to sync before its time */

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/*
 * A segment gets its name when its header is on disk: who reads beside the
 * writer, and who comes after a power cut, never meets one without.  One writer
 * holds the lock, so a name that is free stays free.
 */
static int make_segment(struct journal *journal, const char *name,
			const struct journal_segment_header *header)
{
	_cleanup_close_ int fd = -1;
	int r;

	if (faccessat(journal->directory, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	fd = openat(journal->directory, BEGUN,
		    O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = writeall(fd, header, sizeof(*header));
	if (r == 0 && (fsync(fd) < 0 ||
		       renameat(journal->directory, BEGUN, journal->directory, name) < 0))
		r = -errno;
	if (r < 0) {
		unlinkat(journal->directory, BEGUN, 0);
		return r;
	}
	return TAKE_FD(fd);
}

int store_begin_segment(struct journal *journal, uint64_t first, const uint8_t *id,
			const uint8_t *previous)
{
	struct journal_segment_header header = {
		.magic = JOURNAL_MAGIC,
		.header_size = htole32(sizeof(header)),
		.first_sequence = htole64(first),
		.created = htole64(clock_ns(CLOCK_REALTIME)),
		.last_source = htole64(journal->last_source),
		.next_source = htole64(journal->next_source),
	};
	char name[SEGMENT_NAME_MAX];
	_cleanup_close_ int fd = -1;
	int r;

	memcpy(header.id, id, sizeof(header.id));
	memcpy(header.previous, previous, sizeof(header.previous));
	fd = make_segment(journal, segment_name(first, name), &header);
	if (fd < 0)
		return fd;
	r = fsync(journal->directory) < 0 ? -errno : 0;
	if (r == 0)
		r = segment_list_add(&journal->segments, first);
	if (r < 0) {
		unlinkat(journal->directory, name, 0);
		return r;
	}
	if (journal->tail.fd >= 0)
		journal->closed_bytes += store_segment_bytes(journal,
							     le64toh(journal->tail.header.first_sequence));
	segment_close(&journal->tail);
	r = segment_start(&journal->tail, TAKE_FD(fd), &header);
	return r < 0 ? r : store_write_head(journal);
}

uint64_t store_segment_bytes(const struct journal *journal, uint64_t first)
{
	char name[SEGMENT_NAME_MAX];
	struct stat st;

	if (fstatat(journal->directory, segment_name(first, name), &st, AT_SYMLINK_NOFOLLOW) < 0 &&
	    fstatat(journal->directory, segment_packed_name(first, name), &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return (uint64_t)st.st_size;
}

int store_write_head(struct journal *journal)
{
	struct journal_head head = { .next = journal->tail.sequence };
	int r;

	memcpy(head.id, journal->tail.header.id, sizeof(head.id));
	memcpy(head.hash, journal->tail.hash, sizeof(head.hash));
	r = head_write(journal->head, &head);
	if (r < 0)
		return r;
	journal->durable = head.next;
	journal->durable_offset = journal->tail.offset;
	return 0;
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
	journal->directory = journal->lock = journal->head = journal->tail.fd = -1;
	journal->packing.out = journal->packing.cursor.fd = -1;
	if (options)
		journal->options = *options;
	if (!journal->options.segment_size)
		journal->options.segment_size = JOURNAL_SEGMENT_SIZE;
	if (!journal->options.total_size)
		journal->options.total_size = JOURNAL_TOTAL_SIZE;
	if (!journal->options.sync)
		journal->options.sync = fdatasync;
	r = open_directory(journal, directory);
	if (r < 0)
		return r;
	for (size_t i = 0; i + 1 < journal->segments.count; i++)
		journal->closed_bytes += store_segment_bytes(journal, journal->segments.first[i]);
	r = store_open_last(journal, seen, context, notes);
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
	if (journal->tail.fd >= 0)
		journal_sync(journal);
	store_stop_packing(journal);
	segment_close(&journal->tail);
	if (journal->head >= 0)
		close(journal->head);
	if (journal->lock >= 0)
		close(journal->lock);
	if (journal->directory >= 0)
		close(journal->directory);
	segment_list_done(&journal->segments);
	free(journal);
	return NULL;
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
	return store_begin_segment(journal, journal->tail.sequence, id, hash);
}

/* A record must not stay beyond the limit of age because little is written behind it */
static bool is_old(const struct journal *journal)
{
	uint64_t created = le64toh(journal->tail.header.created), now = clock_ns(CLOCK_REALTIME);

	return journal->options.max_age && now > created &&
	       now - created > journal->options.max_age / 8 &&
	       journal->tail.offset > (off_t)sizeof(journal->tail.header);
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
	if ((uint64_t)journal->tail.offset >= journal->options.segment_size || is_old(journal))
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
	if (!(entry->flags & JOURNAL_FLAG_TRIMMED) && entry->source > journal->last_source)
		journal->last_source = entry->source;
	journal->next_source = entry->next_source;
	if (!journal->dirty_since)
		journal->dirty_since = (int64_t)clock_ns(CLOCK_MONOTONIC);
	return 0;
}

/*
 * After a failed sync the kernel takes the lost pages for written.  They are
 * still in memory, as long as nobody else wants it: write them once more.
 */
static int write_again(struct journal *journal)
{
	char block[16384];
	off_t at = journal->durable_offset;

	while (at < journal->tail.offset) {
		ssize_t n = pread(journal->tail.fd, block, sizeof(block), at);

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		if (pwrite(journal->tail.fd, block, (size_t)n, at) != n)
			return -EIO;
		at += n;
	}
	return 0;
}

int journal_sync(struct journal *journal)
{
	int r = 0;

	if (!journal->dirty_since)
		return 0;
	if (journal->failed)
		r = write_again(journal);
	if (r == 0 && journal->options.sync(journal->tail.fd) < 0)
		r = -errno;
	if (r == 0)
		r = store_write_head(journal);
	journal->failed = r < 0;
	journal->dirty_since = r < 0 ? (int64_t)clock_ns(CLOCK_MONOTONIC) : 0;
	return r;
}

int64_t journal_sync_due(const struct journal *journal)
{
	if (!journal->dirty_since)
		return -1;
	if (journal->failed)
		return journal->dirty_since + RETRY;
	if (journal->tail.offset - journal->durable_offset >= SYNC_BYTES)
		return 0;
	return journal->dirty_since + (int64_t)journal->options.sync_delay;
}

uint64_t journal_durable(const struct journal *journal)
{
	return journal->durable;
}

char *journal_head_text(const struct journal *journal, char text[JOURNAL_HEAD_TEXT])
{
	return head_format(journal->tail.sequence, journal->tail.hash, text);
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
