/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the language that have a number in the image */
#ifndef BAILIWICK_MODEL_VOCABULARY_H
#define BAILIWICK_MODEL_VOCABULARY_H

#include <stddef.h>

/** struct word - a word and its number */
struct word {
	const char *text;
	unsigned int value;
};

/** struct misnomer - what people write instead of a word */
struct misnomer {
	const char *text;
	const char *meant;
};

/**
 * struct vocabulary - all words that can stand in one place
 * @what:	what they are, for messages: "right", "family"
 * @prefix:	what people put before them in vain ("cap_"), or NULL
 * @misnomers:	ends with an entry whose text is NULL
 */
struct vocabulary {
	const char *what;
	const char *prefix;
	const struct word *words;
	size_t count;
	const struct misnomer *misnomers;
};

extern const struct vocabulary vocabulary_rights;
extern const struct vocabulary vocabulary_families;
extern const struct vocabulary vocabulary_capabilities;
extern const struct vocabulary vocabulary_privileges;
extern const struct vocabulary vocabulary_grades;
extern const struct vocabulary vocabulary_modes;
extern const struct vocabulary vocabulary_severities;

/** vocabulary_find() - the word with this text, or NULL */
const struct word *vocabulary_find(const struct vocabulary *vocabulary, const char *text);

/** vocabulary_name() - the text of a number, or NULL */
const char *vocabulary_name(const struct vocabulary *vocabulary, unsigned int value);

/** vocabulary_suggest() - the word that was probably meant, or NULL */
const char *vocabulary_suggest(const struct vocabulary *vocabulary, const char *text);

#endif
