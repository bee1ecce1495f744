/* SPDX-License-Identifier: Apache-2.0 */
/* Is everything there that was written, as it was written? */
#ifndef BAILIWICK_JOURNAL_VERIFY_H
#define BAILIWICK_JOURNAL_VERIFY_H

#include <stdbool.h>

#include "journal/head.h"
#include "journal/segment.h"

enum verify_what {
	VERIFY_CHANGED,		/* a record that is not what was written there */
	VERIFY_MISSING,		/* records @record to @until are not there */
	VERIFY_CUT,		/* a segment ends within a record */
	VERIFY_HEADER,		/* a segment that does not begin like one, or not like one of this journal */
	VERIFY_CHAIN,		/* a segment that does not continue the one before */
	VERIFY_HEAD,		/* the head file is missing, damaged, or says something else */
	VERIFY_ANCHOR,		/* the chain does not have the hash that was asked for */
};

/**
 * struct verify_finding - something that is not as it was written
 * @segment:	file name, "" when it is about none
 * @offset:	in the segment (its plain form), bytes
 * @record:	number of the record that should be there
 * @until:	the last one missing
 * @text:	all of it in words, plain ASCII
 */
struct verify_finding {
	enum verify_what what;
	const char *segment;
	uint64_t offset;
	uint64_t record;
	uint64_t until;
	const char *text;
};

/**
 * struct verify_anchor - a head that was told to somebody else
 *
 * What it says cannot be rewritten by whoever has this machine.
 */
struct verify_anchor {
	uint64_t last;
	uint8_t hash[SHA256_SIZE];
};

/**
 * struct verify_report - what was looked at
 * @first:	number of the oldest record
 * @next:	number behind the newest
 * @trimmed:	records before this number were deleted by a limit, and a record says so
 * @findings:	how many there were
 * @hash:	the chain at the end
 */
struct verify_report {
	uint64_t segments;
	uint64_t records;
	uint64_t first;
	uint64_t next;
	uint64_t trimmed;
	uint64_t findings;
	uint8_t hash[SHA256_SIZE];
	char identity[2 * JOURNAL_ID_SIZE + 1];
};

typedef void verify_found_fn(void *context, const struct verify_finding *finding);

/**
 * verify_journal() - read everything in @directory and check it
 * @anchor:	NULL for none
 * @found:	called for each finding
 *
 * Needs neither the controller nor its rights, only the files: a copy will do.
 * The journal may be appended to meanwhile.
 *
 * Return: 0 with *ret set, -ENODATA where there is no journal, or a negative errno.
 */
int verify_journal(const char *directory, const struct verify_anchor *anchor,
		   verify_found_fn *found, void *context, struct verify_report *ret);

#endif
