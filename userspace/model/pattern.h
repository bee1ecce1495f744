/* SPDX-License-Identifier: Apache-2.0 */
/* The syntax of path patterns */
#ifndef BAILIWICK_MODEL_PATTERN_H
#define BAILIWICK_MODEL_PATTERN_H

#include <stddef.h>

/**
 * struct pattern_mistake - what is wrong with a pattern
 * @text:	the mistake, for people; a static string
 * @hint:	what to write instead; a static string or NULL
 * @offset:	byte where it starts
 * @length:	bytes it covers
 */
struct pattern_mistake {
	const char *text;
	const char *hint;
	size_t offset;
	size_t length;
};

/**
 * pattern_check() - is this a pattern of the language?
 *
 *	*  ?       within a name          **        across names too
 *	[a-z]      one of, [!a-z] none of \x        x itself, for punctuation
 *	{a,b}      either, may nest and may hold '/'
 *
 * A pattern is absolute and canonical in each of its alternatives: no empty
 * name, no "." or "..", no '/' at the end, no name that no file can have.
 *
 * Return: 0, or 1 with *ret set.
 */
int pattern_check(const char *text, struct pattern_mistake *ret);

/** pattern_check_path() - the same for a path in which no character is special */
int pattern_check_path(const char *text, struct pattern_mistake *ret);

#endif
