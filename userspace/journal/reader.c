// SPDX-License-Identifier: Apache-2.0
/* Reading the journal from a place of one's own, while it is appended to */
#include "journal/reader.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct journal_reader {
	int directory;
	bool open;			/* the cursor has a segment */
	bool skipped;			/* the rest of this segment cannot be read */
	uint64_t first;			/* of the segment the cursor is in */
	struct segment_cursor cursor;
};

int journal_reader_new(const char *directory, struct journal_reader **ret)
{
	_cleanup_(journal_reader_freep) struct journal_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return -ENOMEM;
	reader->cursor.fd = -1;
	reader->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (reader->directory < 0)
		return -errno;
	*ret = TAKE_PTR(reader);
	return 0;
}

struct journal_reader *journal_reader_free(struct journal_reader *reader)
{
	if (!reader)
		return NULL;
	segment_close(&reader->cursor);
	if (reader->directory >= 0)
		close(reader->directory);
	free(reader);
	return NULL;
}

static int enter(struct journal_reader *reader, uint64_t first)
{
	struct segment_cursor cursor;
	int r = segment_open(reader->directory, first, O_RDONLY, &cursor);

	if (r < 0)
		return r;
	segment_close(&reader->cursor);
	reader->cursor = cursor;
	reader->first = first;
	reader->open = true;
	reader->skipped = false;
	return 0;
}

/* The first segment behind the one the reader is in; 0 when there is none */
static int next_segment(struct journal_reader *reader, uint64_t *ret)
{
	struct segment_list list;
	int r = segment_list_read(reader->directory, &list);

	if (r < 0)
		return r;
	*ret = 0;
	for (size_t i = 0; i < list.count && !*ret; i++)
		if (!reader->open || list.first[i] > reader->first)
			*ret = list.first[i];
	segment_list_done(&list);
	return 0;
}

/* Is everything that is asked for behind the start of this segment? */
static bool starts_early_enough(struct journal_reader *reader, uint64_t first, uint64_t time,
				uint64_t sequence)
{
	struct segment_cursor cursor;
	bool early;

	if (sequence && first > sequence)
		return false;
	if (segment_open(reader->directory, first, O_RDONLY, &cursor) < 0)
		return false;
	early = !time || le64toh(cursor.header.created) <= time;
	segment_close(&cursor);
	return early;
}

int journal_reader_seek(struct journal_reader *reader, uint64_t time, uint64_t sequence)
{
	struct segment_list list;
	uint64_t best = 0;
	int r = segment_list_read(reader->directory, &list);

	if (r < 0)
		return r;
	if (list.count && (time || sequence)) {
		best = list.first[0];
		for (size_t i = 1; i < list.count; i++)
			if (starts_early_enough(reader, list.first[i], time, sequence))
				best = list.first[i];
	}
	segment_list_done(&list);
	return best ? enter(reader, best) : 0;
}

static int pass_damage(struct journal_reader *reader, struct segment_record *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->header.sequence = reader->cursor.sequence;
	if (!segment_skip(&reader->cursor))
		reader->skipped = true;
	return JOURNAL_DAMAGED;
}

/* Into the next segment; what should have stood between is passed as damage */
static int go_on(struct journal_reader *reader, uint64_t first, struct segment_record *ret)
{
	bool whole = reader->open && !reader->skipped;
	uint64_t expected = reader->cursor.sequence;
	int r = enter(reader, first);

	if (r == -ENOENT)
		return journal_read(reader, ret);	/* a limit deleted it meanwhile */
	if (r == 0 && whole && first > expected) {
		memset(ret, 0, sizeof(*ret));
		ret->header.sequence = expected;
		return JOURNAL_DAMAGED;
	}
	return r < 0 ? r : journal_read(reader, ret);
}

/*
 * The end of a segment is the end of the journal unless a later segment is
 * there.  One may have been begun between two looks, so look again first.
 */
static int at_end(struct journal_reader *reader, struct segment_record *ret, int found)
{
	uint64_t first;
	int r = next_segment(reader, &first);

	if (r < 0)
		return r;
	if (!first)
		return JOURNAL_END;
	if (!reader->skipped && reader->open) {
		r = segment_next(&reader->cursor, ret);
		if (r == SEGMENT_RECORD)
			return JOURNAL_RECORD;
		if (r < 0)
			return r;
		found = r;
	}
	if (found == SEGMENT_TORN && !reader->skipped) {
		memset(ret, 0, sizeof(*ret));
		ret->header.sequence = reader->cursor.sequence;
		reader->skipped = true;
		return JOURNAL_DAMAGED;
	}
	return go_on(reader, first, ret);
}

int journal_read(struct journal_reader *reader, struct segment_record *ret)
{
	int r;

	if (!reader->open || reader->skipped)
		return at_end(reader, ret, SEGMENT_END);
	r = segment_next(&reader->cursor, ret);
	switch (r) {
	case SEGMENT_RECORD:
		return JOURNAL_RECORD;
	case SEGMENT_DAMAGED:
		return pass_damage(reader, ret);
	case SEGMENT_END:
	case SEGMENT_TORN:
		return at_end(reader, ret, r);
	default:
		return r;
	}
}
