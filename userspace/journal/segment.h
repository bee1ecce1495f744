/* SPDX-License-Identifier: Apache-2.0 */
/* One segment file of the journal: naming, opening, walking its chain */
#ifndef BAILIWICK_JOURNAL_SEGMENT_H
#define BAILIWICK_JOURNAL_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "journal/format.h"
#include "journal/pack.h"

#define SEGMENT_NAME_MAX 32

/**
 * struct segment_list - first numbers of the segments of a directory, rising
 * @first:	owned; a segment that is there packed and plain is there once
 */
struct segment_list {
	uint64_t *first;
	size_t count;
};

/** segment_list_read() - the segments in an open directory; 0 or a negative errno */
int segment_list_read(int directory, struct segment_list *ret);

/** segment_list_done() - free it */
void segment_list_done(struct segment_list *list);

/** segment_list_add() - one behind the last; 0 or -ENOMEM */
int segment_list_add(struct segment_list *list, uint64_t first);

/** segment_name() - file name of the segment that starts with @first; returns @name */
char *segment_name(uint64_t first, char name[SEGMENT_NAME_MAX]);

/** segment_packed_name() - the same of its packed form */
char *segment_packed_name(uint64_t first, char name[SEGMENT_NAME_MAX]);

/**
 * struct segment_cursor - a place in a segment
 * @fd:		of the segment
 * @unpack:	reads it when it is packed, NULL when it is plain
 * @offset:	of the next record, bytes
 * @sequence:	the next record must have
 * @hash:	the chain so far
 * @header:	of the segment
 */
struct segment_cursor {
	int fd;
	struct unpack *unpack;
	off_t offset;
	uint64_t sequence;
	uint8_t hash[SHA256_SIZE];
	struct journal_segment_header header;
};

/** struct segment_record - one record read back; @payload is owned, NUL-terminated */
struct segment_record {
	struct journal_record_header header;
	char *payload;
	size_t payload_size;
	uint8_t hash[SHA256_SIZE];
};

/** segment_record_done() - free the payload */
void segment_record_done(struct segment_record *record);

/* What stands at a cursor */
enum segment_answer {
	SEGMENT_RECORD,		/* a good record; the cursor is behind it */
	SEGMENT_END,		/* nothing more */
	SEGMENT_TORN,		/* the start of a record that was not written whole */
	SEGMENT_DAMAGED,	/* something that is no record of this chain */
};

/**
 * segment_open() - read and check a segment's header
 * @flags:	O_RDONLY or O_RDWR; a packed one is only ever read
 *
 * The plain form is taken where both are there: it goes last.
 *
 * Return: 0 with @ret at the first record, for segment_close(); -EBADMSG when the
 * header is none of ours, or a negative errno.
 */
int segment_open(int directory, uint64_t first, int flags, struct segment_cursor *ret);

/** segment_close() - close what is open; the cursor has no segment then */
void segment_close(struct segment_cursor *cursor);

/** segment_start() - place a cursor behind the header; @header is the segment's; 0 or errno */
int segment_start(struct segment_cursor *cursor, int fd,
		  const struct journal_segment_header *header);

/**
 * segment_next() - the record at the cursor
 * @ret:	set for SEGMENT_RECORD; done with segment_record_done()
 *
 * For every other answer the cursor stays.  A bad record that something else
 * follows is damage; one that reaches the end of the file was torn.  In a packed
 * segment what cannot be unpacked is damage.
 *
 * Return: an enum segment_answer or a negative errno.
 */
int segment_next(struct segment_cursor *cursor, struct segment_record *ret);

/**
 * segment_skip() - step over a damaged record, trusting the size it says
 *
 * Return: 1 when the cursor stands behind it, with the chain taken up from the
 * hash it carries; 0 when no further record can be found in this segment.
 */
int segment_skip(struct segment_cursor *cursor);

/** segment_peek() - number and size that what stands at @offset says of itself, if it can be one */
bool segment_peek(const struct segment_cursor *cursor, off_t offset, uint64_t *ret_sequence,
		  size_t *ret_size);

#endif
