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

static bool parse_name(const char *name, uint64_t *ret)
{
	char again[SEGMENT_NAME_MAX];

	if (strspn(name, "0123456789") != DIGITS)
		return false;
	*ret = strtoull(name, NULL, 10);
	return strcmp(segment_name(*ret, again), name) == 0;
}

static int compare_first(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int list_add(struct segment_list *list, uint64_t first)
{
	uint64_t *more = reallocarray(list->first, list->count + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	list->first = more;
	list->first[list->count++] = first;
	return 0;
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
			r = list_add(&list, first);
	if (r == 0 && errno)
		r = -errno;
	if (r < 0) {
		segment_list_done(&list);
		return r;
	}
	if (list.count)
		qsort(list.first, list.count, sizeof(*list.first), compare_first);
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

/* Bytes read at an offset; fewer than asked only at the end of the file */
static ssize_t read_at(int fd, void *data, size_t size, off_t offset)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pread(fd, (char *)data + done, size - done, offset + (off_t)done);

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

int segment_open(int directory, uint64_t first, int flags, struct segment_cursor *ret)
{
	struct journal_segment_header header;
	char name[SEGMENT_NAME_MAX];
	_cleanup_close_ int fd = -1;
	ssize_t n;
	int r;

	fd = openat(directory, segment_name(first, name), flags | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	n = read_at(fd, &header, sizeof(header), 0);
	if (n < 0)
		return (int)n;
	if (n < (ssize_t)sizeof(header) || memcmp(header.magic, JOURNAL_MAGIC, 8) != 0 ||
	    le32toh(header.header_size) != sizeof(header) || header.flags ||
	    le64toh(header.first_sequence) != first)
		return -EBADMSG;
	r = segment_start(ret, fd, &header);
	if (r < 0)
		return r;
	TAKE_FD(fd);
	return 0;
}

static off_t file_size(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? -errno : st.st_size;
}

/* After a crash of the machine, blocks that were not written read as zeros */
static bool zeros_to_the_end(int fd, off_t offset)
{
	char block[4096];
	ssize_t n;

	while ((n = read_at(fd, block, sizeof(block), offset)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			if (block[i])
				return false;
		offset += n;
	}
	return n == 0;
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

int segment_next(struct segment_cursor *cursor, struct segment_record *ret)
{
	struct segment_record record = { 0 };
	_cleanup_free_ char *bytes = NULL;
	off_t end = file_size(cursor->fd);
	size_t left, size;
	ssize_t n;
	int r;

	if (end < 0)
		return (int)end;
	if (end <= cursor->offset)
		return SEGMENT_END;
	left = (size_t)(end - cursor->offset);
	if (left < sizeof(record.header))
		return SEGMENT_TORN;
	n = read_at(cursor->fd, &record.header, sizeof(record.header), cursor->offset);
	if (n != (ssize_t)sizeof(record.header))
		return n < 0 ? (int)n : SEGMENT_TORN;
	size = le32toh(record.header.size);
	if (size < JOURNAL_RECORD_MIN || size > JOURNAL_RECORD_MAX)
		return zeros_to_the_end(cursor->fd, cursor->offset) ? SEGMENT_TORN :
								     SEGMENT_DAMAGED;
	if (size > left)
		return SEGMENT_TORN;
	bytes = malloc(size);
	if (!bytes)
		return -ENOMEM;
	n = read_at(cursor->fd, bytes, size, cursor->offset);
	if (n != (ssize_t)size)
		return n < 0 ? (int)n : SEGMENT_TORN;
	r = check_record(cursor, bytes, size, &record);
	if (r == SEGMENT_DAMAGED && zeros_to_the_end(cursor->fd, cursor->offset + (off_t)size) &&
	    zeros_to_the_end(cursor->fd, end - SHA256_SIZE))
		return SEGMENT_TORN;
	if (r == SEGMENT_RECORD)
		r = take_record(cursor, bytes, size, &record);
	if (r == SEGMENT_RECORD)
		*ret = record;
	return r;
}

int segment_skip(struct segment_cursor *cursor)
{
	struct journal_record_header header;
	off_t end = file_size(cursor->fd);
	size_t size;

	if (read_at(cursor->fd, &header, sizeof(header), cursor->offset) != sizeof(header))
		return 0;
	size = le32toh(header.size);
	if (size < JOURNAL_RECORD_MIN || size > JOURNAL_RECORD_MAX ||
	    cursor->offset + (off_t)size > end)
		return 0;
	if (read_at(cursor->fd, cursor->hash, SHA256_SIZE,
		    cursor->offset + (off_t)size - SHA256_SIZE) != SHA256_SIZE)
		return 0;
	cursor->offset += (off_t)size;
	cursor->sequence++;
	return 1;
}
