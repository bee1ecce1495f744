/* SPDX-License-Identifier: Apache-2.0 */
/* The most frequent of many names, in bounded memory */
#ifndef BAILIWICK_CTL_RANK_H
#define BAILIWICK_CTL_RANK_H

#include <stddef.h>
#include <stdint.h>

/*
 * Names come from whoever is denied something and may be as many as they like.
 * With more than RANK_MOST a new one takes the place of the rarest and inherits its
 * count ("space saving"): what is truly frequent stays, and no count is too small.
 */
#define RANK_MOST 1024u

/**
 * struct rank_entry - one name
 * @text:	raw bytes, terminated, owned
 * @count:	at most, exact where @excess is 0
 * @excess:	the part of @count that may belong to names that had to go
 * @before:	@count at the last rank_mark()
 */
struct rank_entry {
	char *text;
	uint64_t hash;
	uint64_t count;
	uint64_t excess;
	uint64_t before;
};

/** struct rank - all-zero bytes are an empty one */
struct rank {
	struct rank_entry *entries;
	size_t count;
	size_t capacity;
};

/** rank_add() - @n more of a name; 0 or -ENOMEM */
int rank_add(struct rank *rank, const char *text, uint64_t n);

/** rank_sort() - most frequent first, equals by name */
void rank_sort(struct rank *rank);

/** rank_mark() - from now on @before is what is counted so far */
void rank_mark(struct rank *rank);

/** rank_done() - free it and make it empty */
void rank_done(struct rank *rank);

#endif
