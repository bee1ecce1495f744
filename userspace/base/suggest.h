/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean": the nearest of some words */
#ifndef BAILIWICK_BASE_SUGGEST_H
#define BAILIWICK_BASE_SUGGEST_H

#include <stddef.h>

/* Words longer than this are neither suggested nor get a suggestion */
#define SUGGEST_LENGTH_MAX 64

/**
 * struct suggest - a search for the nearest word
 * @word:	what was written; borrowed
 * @best:	nearest so far, borrowed; NULL while nothing is near enough
 * @distance:	its distance
 */
struct suggest {
	const char *word;
	const char *best;
	size_t distance;
};

/** suggest_init() - start a search for words near @word */
void suggest_init(struct suggest *suggest, const char *word);

/** suggest_offer() - consider a word; of equally near ones the first stays; NULL is fine */
void suggest_offer(struct suggest *suggest, const char *candidate);

/**
 * suggest_distance() - Damerau-Levenshtein distance (optimal string alignment)
 *
 * Insertions, deletions, substitutions and swaps of neighbours; letter case,
 * and '-' against '_', cost nothing. Words that are too long are SIZE_MAX apart.
 */
size_t suggest_distance(const char *a, const char *b);

#endif
