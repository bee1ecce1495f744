/* SPDX-License-Identifier: Apache-2.0 */
/* Denials counted by severity, verdict and role, in bounded memory */
#ifndef BAILIWICK_EVENT_TALLY_H
#define BAILIWICK_EVENT_TALLY_H

#include <stddef.h>
#include <stdint.h>

/* Entries kept; what finds no room any more is counted under TALLY_OTHER */
#define TALLY_MOST 1024u
#define TALLY_OTHER "other"

/**
 * struct tally_entry - one count
 * @role:	as events name it: "clerk", "backup+clerk", "row 7"
 * @verdict:	text of BAILIWICK_VERDICTS, static
 */
struct tally_entry {
	char *role;
	const char *verdict;
	uint32_t severity;
	uint64_t hash;
	uint64_t count;
};

/** struct tally - all-zero bytes are an empty one; entries stay in the order they came */
struct tally {
	struct tally_entry *entries;
	size_t count;
	size_t capacity;
};

/** tally_add() - count @count more; without memory they go to an entry that is there */
void tally_add(struct tally *tally, uint32_t severity, const char *verdict, const char *role,
	       uint64_t count);

/** tally_done() - free it and make it empty */
void tally_done(struct tally *tally);

#endif
