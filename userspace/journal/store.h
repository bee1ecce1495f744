/* SPDX-License-Identifier: Apache-2.0 */
/* What the writer's parts share: appending, opening what was left, keeping limits */
#ifndef BAILIWICK_JOURNAL_STORE_H
#define BAILIWICK_JOURNAL_STORE_H

#include <stdbool.h>

#include "journal/head.h"
#include "journal/journal.h"
#include "journal/segment.h"

/* A closed segment on its way into its packed form */
struct packing {
	struct pack *pack;		/* NULL while none is packed */
	struct segment_cursor cursor;	/* its chain is checked beside: damage stays as it is */
	int out;
	bool written;			/* all of it: what is missing is the check */
	uint64_t first;
};

struct journal {
	int directory;
	int lock;
	int head;			/* fd of the head file */
	struct segment_cursor tail;	/* fd of the last segment; where the next record goes */
	struct segment_list segments;
	struct journal_options options;
	struct packing packing;
	uint64_t unpackable;		/* segments up to this one are packed or stay as they are */
	uint64_t closed_bytes;		/* of all segments but the last */
	uint64_t last_source;
	uint64_t next_source;		/* as in struct journal_entry, of the last record */
	uint64_t durable;		/* records before this one are on disk */
	off_t durable_offset;		/* in the last segment */
	int64_t dirty_since;		/* CLOCK_MONOTONIC, ns; 0 when all is on disk */
	bool failed;			/* the last sync did */
	char identity[2 * JOURNAL_ID_SIZE + 1];
};

/** store_begin_segment() - a new last segment; @id and @previous continue the chain */
int store_begin_segment(struct journal *journal, uint64_t first, const uint8_t *id,
			const uint8_t *previous);

/** store_segment_bytes() - size of a segment on disk, packed or not; 0 when it is gone */
uint64_t store_segment_bytes(const struct journal *journal, uint64_t first);

/** store_write_head() - all that is appended is on disk: say so; 0 or a negative errno */
int store_write_head(struct journal *journal);

/** store_open_last() - find the end of what is there, and repair it */
int store_open_last(struct journal *journal, journal_seen_fn *seen, void *context,
		    struct buffer *notes);

/** store_stop_packing() - forget what is half packed */
void store_stop_packing(struct journal *journal);

#endif
