// SPDX-License-Identifier: Apache-2.0
/* One segment file of the journal: naming, opening, walking its chain */
#include "journal/segment.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"

#define DIGITS 20

char *segment_name(uint64_t first, char name[SEGMENT_NAME_MAX])
{
	snprintf(name, SEGMENT_NAME_MAX, "%0*" PRIu64 JOURNAL_SUFFIX, DIGITS, first);
	return name;
}

char *segment_packed_name(uint64_t first, char name[SEGMENT_NAME_MAX])
{
	snprintf(name, SEGMENT_NAME_MAX, "%0*" PRIu64 JOURNAL_SUFFIX JOURNAL_PACKED, DIGITS, first);
	return name;
}

static bool parse_name(const char *name, uint64_t *ret)
{
	char again[SEGMENT_NAME_MAX];

	if (strspn(name, "0123456789") != DIGITS)
		return false;
	*ret = strtoull(name, NULL, 10);
	return strcmp(segment_name(*ret, again), name) == 0 ||
	       strcmp(segment_packed_name(*ret, again), name) == 0;
}

static int compare_first(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int segment_list_add(struct segment_list *list, uint64_t first)
{
	uint64_t *more = reallocarray(list->first, list->count + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	list->first = more;
	list->first[list->count++] = first;
	return 0;
}

static void sort_once(struct segment_list *list)
{
	size_t kept = 0;

	if (list->count)
		qsort(list->first, list->count, sizeof(*list->first), compare_first);
	for (size_t i = 0; i < list->count; i++)
		if (!kept || list->first[kept - 1] != list->first[i])
			list->first[kept++] = list->first[i];
	list->count = kept;
}

int segment_list_read(int directory, struct segment_list *ret)
{
	struct segment_list list = { 0 };
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	uint64_t first;
	int fd, r = 0;

	fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		r = -errno;
		close(fd);
		return r;
	}
	while (r == 0 && (errno = 0, entry = readdir(dir)))
		if (parse_name(entry->d_name, &first))
			r = segment_list_add(&list, first);
	if (r == 0 && errno)
		r = -errno;
	if (r < 0) {
		segment_list_done(&list);
		return r;
	}
	sort_once(&list);
	*ret = list;
	return 0;
}

void segment_list_done(struct segment_list *list)
{
	free(list->first);
	memset(list, 0, sizeof(*list));
}

void segment_record_done(struct segment_record *record)
{
	free(record->payload);
	record->payload = NULL;
}

int segment_start(struct segment_cursor *cursor, int fd,
		  const struct journal_segment_header *header)
{
	cursor->fd = fd;
	cursor->offset = sizeof(*header);
	cursor->sequence = le64toh(header->first_sequence);
	cursor->header = *header;
	return sha256(header, sizeof(*header), cursor->hash);
}

void segment_close(struct segment_cursor *cursor)
{
	cursor->unpack = unpack_free(cursor->unpack);
	if (cursor->fd >= 0)
		close(cursor->fd);
	cursor->fd = -1;
}

/* Bytes read at an offset; fewer than asked only at the end of the segment */
static ssize_t read_at(const struct segment_cursor *cursor, void *data, size_t size, off_t offset)
{
	size_t done = 0;

	if (cursor->unpack)
		return unpack_read(cursor->unpack, data, size, offset);
	while (done < size) {
		ssize_t n = pread(cursor->fd, (char *)data + done, size - done,
				  offset + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

static int open_either(int directory, uint64_t first, int flags, struct segment_cursor *cursor)
{
	char name[SEGMENT_NAME_MAX];

	flags |= O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	cursor->fd = openat(directory, segment_name(first, name), flags);
	if (cursor->fd >= 0)
		return 0;
	if (errno != ENOENT)
		return -errno;
	flags = (flags & ~O_ACCMODE) | O_RDONLY;
	cursor->fd = openat(directory, segment_packed_name(first, name), flags);
	if (cursor->fd < 0)
		return -errno;
	return unpack_new(cursor->fd, &cursor->unpack);
}

int segment_open(int directory, uint64_t first, int flags, struct segment_cursor *ret)
{
	struct journal_segment_header header;
	struct segment_cursor cursor = { .fd = -1 };
	ssize_t n;
	int r;

	r = open_either(directory, first, flags, &cursor);
	if (r < 0)
		goto failed;
	n = read_at(&cursor, &header, sizeof(header), 0);
	r = n < 0 ? (int)n : -EBADMSG;
	if (n < (ssize_t)sizeof(header) || memcmp(header.magic, JOURNAL_MAGIC, 8) != 0 ||
	    le32toh(header.header_size) != sizeof(header) || header.flags ||
	    le64toh(header.first_sequence) != first)
		goto failed;
	r = segment_start(&cursor, cursor.fd, &header);
	if (r < 0)
		goto failed;
	*ret = cursor;
	return 0;
failed:
	segment_close(&cursor);
	return r;
}

/* After a crash of the machine, blocks that were not written read as zeros */
static bool zeros_to_the_end(const struct segment_cursor *cursor, off_t offset)
{
	char block[4096];
	ssize_t n;

	while ((n = read_at(cursor, block, sizeof(block), offset)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			if (block[i])
				return false;
		offset += n;
	}
	return n == 0;
}

/* Zeros where the end of a record should be, and nothing but zeros behind it */
static bool ends_in_zeros(const struct segment_cursor *cursor, size_t size)
{
	struct stat st;

	if (cursor->unpack || fstat(cursor->fd, &st) < 0)
		return false;		/* what was packed was whole */
	return zeros_to_the_end(cursor, cursor->offset + (off_t)size) &&
	       zeros_to_the_end(cursor, st.st_size - SHA256_SIZE);
}

static int check_record(const struct segment_cursor *cursor, const char *bytes, size_t size,
			struct segment_record *record)
{
	struct iovec pieces[2] = {
		{ .iov_base = (void *)cursor->hash, .iov_len = SHA256_SIZE },
		{ .iov_base = (void *)bytes, .iov_len = size - SHA256_SIZE },
	};
	int r = sha256_pieces(pieces, 2, record->hash);

	if (r < 0)
		return r;
	if (memcmp(record->hash, bytes + size - SHA256_SIZE, SHA256_SIZE) != 0 ||
	    le64toh(record->header.sequence) != cursor->sequence)
		return SEGMENT_DAMAGED;
	return SEGMENT_RECORD;
}

static int take_record(struct segment_cursor *cursor, const char *bytes, size_t size,
		       struct segment_record *record)
{
	const struct journal_record_header *h = &record->header;

	record->payload_size = size - JOURNAL_RECORD_MIN;
	record->payload = malloc(record->payload_size + 1);
	if (!record->payload)
		return -ENOMEM;
	memcpy(record->payload, bytes + sizeof(*h), record->payload_size);
	record->payload[record->payload_size] = 0;
	record->header.size = (uint32_t)size;
	record->header.kind = le16toh(h->kind);
	record->header.flags = le16toh(h->flags);
	record->header.sequence = le64toh(h->sequence);
	record->header.time = le64toh(h->time);
	record->header.source = le64toh(h->source);
	cursor->offset += (off_t)size;
	cursor->sequence++;
	memcpy(cursor->hash, record->hash, SHA256_SIZE);
	return SEGMENT_RECORD;
}

/* The bytes at the cursor as a record; *ret_size is what it says of itself */
static int read_record(struct segment_cursor *cursor, struct segment_record *record, char **ret,
		       size_t *ret_size)
{
	size_t size;
	ssize_t n;

	n = read_at(cursor, &record->header, sizeof(record->header), cursor->offset);
	if (n <= 0)
		return n < 0 ? (int)n : SEGMENT_END;
	if (n < (ssize_t)sizeof(record->header))
		return SEGMENT_TORN;
	size = le32toh(record->header.size);
	if (size < JOURNAL_RECORD_MIN || size > JOURNAL_RECORD_MAX)
		return !cursor->unpack && zeros_to_the_end(cursor, cursor->offset) ? SEGMENT_TORN :
										  SEGMENT_DAMAGED;
	*ret = malloc(size);
	if (!*ret)
		return -ENOMEM;
	*ret_size = size;
	n = read_at(cursor, *ret, size, cursor->offset);
	if (n != (ssize_t)size)
		return n < 0 ? (int)n : SEGMENT_TORN;
	return SEGMENT_RECORD;
}

int segment_next(struct segment_cursor *cursor, struct segment_record *ret)
{
	struct segment_record record = { 0 };
	_cleanup_free_ char *bytes = NULL;
	size_t size = 0;
	int r;

	r = read_record(cursor, &record, &bytes, &size);
	if (r == -EBADMSG)
		return SEGMENT_DAMAGED;
	if (r != SEGMENT_RECORD)
		return r;
	r = check_record(cursor, bytes, size, &record);
	if (r == SEGMENT_DAMAGED && ends_in_zeros(cursor, size))
		return SEGMENT_TORN;
	if (r == SEGMENT_RECORD)
		r = take_record(cursor, bytes, size, &record);
	if (r == SEGMENT_RECORD)
		*ret = record;
	return r;
}

bool segment_peek(const struct segment_cursor *cursor, off_t offset, uint64_t *ret_sequence,
		  size_t *ret_size)
{
	struct journal_record_header header;
	size_t size;

	if (read_at(cursor, &header, sizeof(header), offset) != sizeof(header))
		return false;
	size = le32toh(header.size);
	if (size < JOURNAL_RECORD_MIN || size > JOURNAL_RECORD_MAX)
		return false;
	*ret_sequence = le64toh(header.sequence);
	*ret_size = size;
	return true;
}

/*
 * Was the record changed, or does another stand in its place because some are
 * gone?  The one behind it knows, if it follows one of the two.
 */
int segment_skip(struct segment_cursor *cursor)
{
	uint64_t says, next, after = cursor->sequence + 1;
	uint8_t hash[SHA256_SIZE];
	size_t size, next_size;
	off_t behind;

	if (!segment_peek(cursor, cursor->offset, &says, &size))
		return 0;
	behind = cursor->offset + (off_t)size;
	if (read_at(cursor, hash, SHA256_SIZE, behind - SHA256_SIZE) != SHA256_SIZE)
		return 0;
	if (segment_peek(cursor, behind, &next, &next_size) && says > cursor->sequence &&
	    next == says + 1)
		after = next;
	memcpy(cursor->hash, hash, SHA256_SIZE);
	cursor->offset = behind;
	cursor->sequence = after;
	return 1;
}
