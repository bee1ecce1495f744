/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the journal from a place of one's own, while it is appended to */
#ifndef BAILIWICK_JOURNAL_READER_H
#define BAILIWICK_JOURNAL_READER_H

#include <stdint.h>

#include "base/cleanup.h"
#include "journal/segment.h"

struct journal_reader;

/** journal_reader_new() - at the oldest record there is; 0 or a negative errno */
int journal_reader_new(const char *directory, struct journal_reader **ret);

/** journal_reader_free() - NULL is fine; returns NULL */
struct journal_reader *journal_reader_free(struct journal_reader *reader);
DEFINE_CLEANUP(struct journal_reader *, journal_reader_free);

/**
 * journal_reader_seek() - go to the oldest segment that can hold what is asked
 * @time:	CLOCK_REALTIME, ns: records before it are not wanted; 0 for any
 * @sequence:	nor those with a smaller number; 0 for any
 *
 * Records before may still come first: the caller looks at each.
 */
int journal_reader_seek(struct journal_reader *reader, uint64_t time, uint64_t sequence);

/* Positive answers of journal_read() */
enum journal_answer {
	JOURNAL_RECORD,		/* *ret is a record */
	JOURNAL_END,		/* nothing more at present */
	JOURNAL_DAMAGED,	/* a place that is no record of the chain was passed */
};

/**
 * journal_read() - the next record
 * @ret:	done with segment_record_done(); for JOURNAL_DAMAGED only
 *		ret->header.sequence is set: the number that should have stood there
 *
 * Return: an enum journal_answer or a negative errno.
 */
int journal_read(struct journal_reader *reader, struct segment_record *ret);

#endif
