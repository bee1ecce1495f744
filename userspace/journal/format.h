/* SPDX-License-Identifier: Apache-2.0 */
/* The journal on disk: segments of hash-chained records */
#ifndef BAILIWICK_JOURNAL_FORMAT_H
#define BAILIWICK_JOURNAL_FORMAT_H

#include <stdint.h>

#include "base/sha256.h"

/*
 * A segment is a header and records, appended and never changed; its name is
 * the number of its first record, 20 digits, and ".bwj".  All numbers are
 * little-endian.  The chain: the hash of the header is SHA-256 of the header;
 * the hash of a record is SHA-256 of the hash before it and of all bytes of the
 * record that stand before its own hash.  The header names the last hash of the
 * segment before, so the chain runs over all segments.
 *
 * A segment that is no longer the last may be packed: the same bytes as one zstd
 * frame, ".zst" behind the name.  The file "head" says how far the journal is on
 * disk for good: what is missing before that was taken away, what is broken
 * behind it was being written when the machine stopped.
 */
#define JOURNAL_MAGIC "BWJRNL01"
#define JOURNAL_SUFFIX ".bwj"
#define JOURNAL_PACKED ".zst"
#define JOURNAL_PAYLOAD_MAX (256u << 10)	/* bytes */
#define JOURNAL_ID_SIZE 16

struct journal_segment_header {
	uint8_t magic[8];
	uint32_t header_size;		/* sizeof this */
	uint32_t flags;			/* none defined */
	uint64_t first_sequence;	/* of the first record */
	uint64_t created;		/* CLOCK_REALTIME, ns */
	uint64_t last_source;		/* highest source number before this segment */
	uint64_t next_source;		/* the first not accounted for then, 0 for not said */
	uint8_t id[JOURNAL_ID_SIZE];	/* random, made with the first segment */
	uint8_t previous[SHA256_SIZE];	/* last hash of the segment before; zero in the first */
};
_Static_assert(sizeof(struct journal_segment_header) == 96, "no padding, fixed for good");

enum journal_kind {
	JOURNAL_KIND_NONE,
	JOURNAL_KIND_EVENT,		/* one event as a JSON object */
};

#define JOURNAL_FLAG_RESTART 1u		/* source numbers start anew with this record */
#define JOURNAL_FLAG_SETTLED 2u		/* every source number up to this one is accounted for */
#define JOURNAL_FLAG_TRIMMED 4u		/* what is before record `source` is deleted by a limit */

struct journal_record_header {
	uint32_t size;			/* bytes: header, payload and hash */
	uint16_t kind;			/* enum journal_kind */
	uint16_t flags;			/* JOURNAL_FLAG_* */
	uint64_t sequence;		/* rises by one over all segments, from 1 */
	uint64_t time;			/* CLOCK_REALTIME of the event, ns */
	uint64_t source;		/* number the kernel gave it; 0 for the controller's own */
	/* payload, then uint8_t hash[SHA256_SIZE] */
};
_Static_assert(sizeof(struct journal_record_header) == 32, "no padding, fixed for good");

#define JOURNAL_HEAD "head"
#define JOURNAL_HEAD_MAGIC "BWJHEAD1"

struct journal_head_file {
	uint8_t magic[8];
	uint64_t next;			/* number of the first record that may be missing */
	uint8_t id[JOURNAL_ID_SIZE];	/* of the journal */
	uint8_t hash[SHA256_SIZE];	/* the chain before that record */
	uint8_t check[SHA256_SIZE];	/* SHA-256 of what stands before: against halves, not against people */
};
_Static_assert(sizeof(struct journal_head_file) == 96, "no padding, within one sector");

#define JOURNAL_RECORD_MIN (sizeof(struct journal_record_header) + SHA256_SIZE)
#define JOURNAL_RECORD_MAX (JOURNAL_RECORD_MIN + JOURNAL_PAYLOAD_MAX)

#endif
