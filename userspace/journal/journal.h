/* SPDX-License-Identifier: Apache-2.0 */
/* The journal's writer: one process appends, nothing is ever changed */
#ifndef BAILIWICK_JOURNAL_JOURNAL_H
#define BAILIWICK_JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "journal/format.h"
#include "journal/head.h"

#define JOURNAL_SEGMENT_SIZE (64ull << 20)
#define JOURNAL_TOTAL_SIZE (1024ull << 20)

struct journal;

/**
 * struct journal_options - limits, 0 for the defaults
 * @segment_size:	bytes; a segment is closed when it has grown past this
 * @total_size:		bytes; the oldest segments are past the limit beyond this
 * @max_age:		ns; so are segments whose last record is older; 0 for no limit
 * @sync_delay:		ns; how long what is appended may wait for the disk with what follows
 * @sync:		how a file is brought to disk: as fdatasync(), which is the default
 */
struct journal_options {
	uint64_t segment_size;
	uint64_t total_size;
	uint64_t max_age;
	uint64_t sync_delay;
	int (*sync)(int fd);
};

/**
 * journal_seen_fn - a record of the last segments, told while opening
 *
 * So that whoever numbers the sources knows which numbers are on disk already: from the
 * first that was not accounted for when the last segment began.
 */
typedef void journal_seen_fn(void *context, uint64_t source, unsigned int flags);

/**
 * journal_open() - open the journal for appending, make it when there is none
 * @directory:	made with mode 0700 when missing
 * @seen:	may be NULL
 * @notes:	what was found wrong and done about it, a line each: a torn end is cut
 *		off (its bytes kept beside it), a damaged segment is left and a new
 *		one begun, what is missing is named.  Torn ends are told again
 *		until journal_told()
 *
 * Return: 0, -EBUSY when another process appends, or a negative errno.
 */
int journal_open(const char *directory, const struct journal_options *options,
		 journal_seen_fn *seen, void *context, struct buffer *notes,
		 struct journal **ret);

/** journal_close() - sync and close; NULL is fine; returns NULL */
struct journal *journal_close(struct journal *journal);
DEFINE_CLEANUP(struct journal *, journal_close);

/**
 * struct journal_entry - what is appended
 * @time:	CLOCK_REALTIME, ns
 * @source:	number the kernel gave it, 0 for none
 * @next_source: the first number that is not accounted for, once this is written; 0 for unknown
 * @flags:	JOURNAL_FLAG_*
 * @data:	@size bytes, at most JOURNAL_PAYLOAD_MAX
 */
struct journal_entry {
	uint64_t time;
	uint64_t source;
	uint64_t next_source;
	unsigned int flags;
	const char *data;
	size_t size;
};

/**
 * journal_append() - write one record; it survives the death of this process
 *
 * Return: 0; -EMSGSIZE; -ENOSPC and friends, with nothing half-written left and
 * the number not used.
 */
int journal_append(struct journal *journal, const struct journal_entry *entry);

/** journal_told() - the notes are recorded and on disk */
void journal_told(struct journal *journal);

/** journal_sync() - make what was appended survive the machine; 0 or a negative errno */
int journal_sync(struct journal *journal);

/** journal_sync_due() - when to, CLOCK_MONOTONIC ns: 0 at once; -1 when all is on disk */
int64_t journal_sync_due(const struct journal *journal);

/** journal_durable() - records before this number survive the machine */
uint64_t journal_durable(const struct journal *journal);

/** journal_crowded() - is it past the limit of size?  Cheap enough for every record */
bool journal_crowded(const struct journal *journal);

/**
 * journal_excess() - is anything past the limits of size and age?
 * @ret_first:	number of the first record that stays
 * @ret_age:	it is age, not size
 *
 * Before journal_trim() the caller appends a record with JOURNAL_FLAG_TRIMMED and
 * *ret_first as source and syncs it: without it the missing would look taken away.
 */
bool journal_excess(const struct journal *journal, uint64_t *ret_first, bool *ret_age);

/** journal_trim() - delete the segments before record @first; the last one always stays */
void journal_trim(struct journal *journal, uint64_t first);

/**
 * journal_pack() - pack about @most bytes of closed segments
 *
 * Return: 1 when there was something to do, 0 when all is packed, a negative errno.
 */
int journal_pack(struct journal *journal, size_t most);

/** journal_head_text() - "LAST:HASH", for whoever wants to check the journal later; returns @text */
char *journal_head_text(const struct journal *journal, char text[JOURNAL_HEAD_TEXT]);

/** journal_next() - number the next record will have */
uint64_t journal_next(const struct journal *journal);

/** journal_identity() - identity as text, made with the journal: 32 hexadecimal digits */
const char *journal_identity(const struct journal *journal);

/** journal_bytes() - bytes of all segments */
uint64_t journal_bytes(const struct journal *journal);

#endif
