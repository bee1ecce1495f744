/* SPDX-License-Identifier: Apache-2.0 */
/* What is NOT ENFORCED, and why: nothing degrades in silence */
#ifndef BAILIWICK_LOAD_GAP_H
#define BAILIWICK_LOAD_GAP_H

#include <stdbool.h>
#include <stddef.h>

#include "load/enforcement.h"

/** struct gaps - a list that owns its texts; all-zero bytes are an empty one */
struct gaps {
	struct enforcement_gap *gap;
	size_t count;
};

/** gaps_add() - copies both texts, keeps one entry per @what; 0 or -ENOMEM */
int gaps_add(struct gaps *gaps, const char *what, const char *why);

/**
 * gaps_add_features() - what cannot be enforced with these hooks alone
 * @hooks:	names of the attached hooks
 */
int gaps_add_features(struct gaps *gaps, const char *const *hooks, size_t hook_count);

/**
 * gap_covered_by() - which hooks are asked for the same where this one is missing
 * @hooks:	names of the hooks that are there
 *
 * Return: their names in a sentence, or NULL when nothing, or not all of it, is there.
 */
const char *gap_covered_by(const char *const *hooks, size_t hook_count, const char *hook);

/** gaps_done() - free everything and make the list empty */
void gaps_done(struct gaps *gaps);

#endif
