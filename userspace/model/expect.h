/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the tree with expectations, and saying so when they are not met */
#ifndef BAILIWICK_MODEL_EXPECT_H
#define BAILIWICK_MODEL_EXPECT_H

#include "model/build.h"
#include "model/vocabulary.h"

/* Where a node of the present document stands */
struct location place(const struct build *build, const struct node *node);

/** place_part() - part of a scalar's text, or all of it where escapes move things about */
struct location place_part(const struct build *build, const struct node *node,
			   size_t offset, size_t length);

/** mistake() - report at a node; returns 0: go on */
int mistake(struct build *build, const struct node *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** did_you_mean() - a note with the word that was meant; nothing for NULL */
void did_you_mean(struct build *build, const char *word);

/** still_clean() - has nothing been reported since there were @errors? */
bool still_clean(const struct build *build, size_t errors);

/**
 * struct key - a key of a mapping
 * @take:	called with the value; the value is never NODE_NULL
 */
struct key {
	const char *name;
	int (*take)(struct build *build, void *thing, const struct node *value);
};

/**
 * expect_mapping() - go through a mapping whose keys are known
 * @what:	what the mapping is, for messages: "a role"
 *
 * Anything but a mapping, unknown keys and keys without a value are reported.
 */
int expect_mapping(struct build *build, const struct node *node, const char *what,
		   const struct key *keys, size_t key_count, void *thing);

/** find_value() - the value of a key of a mapping, or NULL */
const struct node *find_value(const struct node *mapping, const char *key);

/**
 * struct elements - the elements of a list, or a single value as a list of one
 */
struct elements {
	const struct node *items;
	size_t count;
};

/** expect_elements() - a list, or anything else as its only element */
struct elements expect_elements(const struct node *node);

/** expect_list() - a list; anything else is reported and gives an empty one */
struct elements expect_list(struct build *build, const struct node *node, const char *what);

/** expect_text() - the text of a scalar; anything else is reported and gives NULL */
const char *expect_text(struct build *build, const struct node *node, const char *what);

/** expect_copy() - a copy of the text of a scalar in *ret; one line, at most @max bytes */
int expect_copy(struct build *build, const struct node *node, const char *what, size_t max,
		const char *limit, char **ret);

/** expect_bool() - true or false; anything else is reported and leaves *ret alone */
int expect_bool(struct build *build, const struct node *node, const char *what, bool *ret);

/** expect_word() - a word of a vocabulary, or NULL after a report */
const struct word *expect_word(struct build *build, const struct node *node,
			       const struct vocabulary *vocabulary);

/**
 * expect_mask() - a list of words, or one word
 * @all:	mask of the word "all" where it may stand; 0 where it may not
 */
int expect_mask(struct build *build, const struct node *node,
		const struct vocabulary *vocabulary, uint64_t all, uint64_t *ret);

/** expect_nonempty() - report a list without elements; returns whether there are any */
bool expect_nonempty(struct build *build, const struct node *node, struct elements elements,
		     const char *what);

#endif
