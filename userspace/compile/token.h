/* SPDX-License-Identifier: Apache-2.0 */
/* A pattern as a row of tokens: braces spelled out, quotes gone */
#ifndef BAILIWICK_COMPILE_TOKEN_H
#define BAILIWICK_COMPILE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compile/alphabet.h"

/* One alternative of a pattern has at most so many tokens */
#define TOKENS_MAX 8192

/*
 * A token below 256 is that byte. TOKEN_STAR is any bytes but '/', TOKEN_CROSS
 * any bytes; TOKEN_NAMES is nothing, or '/' and any bytes: a whole name of two
 * stars with the '/' before it. From TOKEN_SET on it is one byte of the set
 * with the index (token - TOKEN_SET).
 */
typedef uint16_t token_t;
enum {
	TOKEN_STAR = 256,
	TOKEN_CROSS,
	TOKEN_NAMES,
	TOKEN_SET,
};

/* Receives each alternative; what it returns, if not 0, ends tokens_each(). */
typedef int token_fn(void *data, const token_t *tokens, size_t count);

/**
 * tokens_each() - read a pattern, alternative by alternative
 * @literal:	no byte is special: an exact path
 * @alphabet:	learns the bytes and sets
 *
 * Return: 0; what @each returned; -EINVAL for a pattern that is none, -E2BIG for
 * one that spells out too much, -ENOMEM.
 */
int tokens_each(const char *pattern, bool literal, struct alphabet *alphabet, token_fn *each,
		void *data);

#endif
