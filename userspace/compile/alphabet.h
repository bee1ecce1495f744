/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that no pattern tells apart share one byte class */
#ifndef BAILIWICK_COMPILE_ALPHABET_H
#define BAILIWICK_COMPILE_ALPHABET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Different [sets] in all patterns of a policy; they must fit a token */
#define ALPHABET_SETS_MAX 60000

struct byte_set {
	uint64_t word[4];
};

static inline void byte_set_add(struct byte_set *set, uint8_t byte)
{
	set->word[byte / 64] |= UINT64_C(1) << byte % 64;
}

static inline bool byte_set_has(const struct byte_set *set, uint8_t byte)
{
	return set->word[byte / 64] >> byte % 64 & 1;
}

/**
 * struct alphabet - the bytes of all patterns
 * @literal:	bytes that some pattern names by themselves
 * @sets:	the different sets that patterns use
 * @class_of:	byte -> class, after alphabet_build()
 * @byte_of:	class -> one of its bytes
 * @class_count: 2..256; class 0 holds NUL, which is in no path: it stands for
 *		every byte that no pattern says anything about
 */
struct alphabet {
	struct byte_set literal;
	struct byte_set *sets;
	size_t set_count;
	size_t set_capacity;
	uint8_t class_of[256];
	uint8_t byte_of[256];
	uint32_t class_count;
};

/** alphabet_done() - free what the alphabet holds */
void alphabet_done(struct alphabet *alphabet);

/** alphabet_add_set() - index of a set; -ENOMEM, or -E2BIG for too many different ones */
int alphabet_add_set(struct alphabet *alphabet, const struct byte_set *set);

/** alphabet_build() - split the bytes into classes; '/' is always one of its own */
void alphabet_build(struct alphabet *alphabet);

/** alphabet_holds() - is this class in this set? */
static inline bool alphabet_holds(const struct alphabet *alphabet, uint32_t set, uint32_t class)
{
	return byte_set_has(&alphabet->sets[set], alphabet->byte_of[class]);
}

#endif
