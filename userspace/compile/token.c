/* SPDX-License-Identifier: Apache-2.0 */
/* A pattern as a row of tokens: braces spelled out, quotes gone */
#include "compile/token.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* Alternatives of one pattern; the model allows fewer */
#define ALTERNATIVES_MAX 4096

/*
 * First the signs of the pattern become tokens, still with braces; then each
 * alternative is copied out of them, and stars are taken together.
 */
enum {
	SIGN_OPEN = UINT16_MAX - 4,
	SIGN_COMMA,
	SIGN_CLOSE,
	SIGN_STAR,
	SIGN_SET = TOKEN_SET,
};

struct lexer {
	struct alphabet *alphabet;
	token_t *signs;
	size_t count;
};

static int sign(struct lexer *lexer, token_t token)
{
	if (lexer->count == TOKENS_MAX)
		return -E2BIG;
	lexer->signs[lexer->count++] = token;
	return 0;
}

static int sign_byte(struct lexer *lexer, char byte)
{
	byte_set_add(&lexer->alphabet->literal, (uint8_t)byte);
	return sign(lexer, (uint8_t)byte);
}

/* One byte of a set, quoted or not; -EINVAL at the pattern's end. */
static int set_byte(const char **p)
{
	if (**p == '\\')
		++*p;
	return **p ? (uint8_t)*(*p)++ : -EINVAL;
}

/* "[...]"; *p is behind the `[`, and behind the `]` afterwards. */
static int lex_set(struct lexer *lexer, const char **p)
{
	struct byte_set set = { { 0 } };
	bool negated = **p == '!' || **p == '^', first = true;
	int low, high, index;

	*p += negated;
	for (; first || **p != ']'; first = false) {
		low = high = set_byte(p);
		if (low < 0)
			return low;
		if (**p == '-' && (*p)[1] && (*p)[1] != ']') {
			++*p;
			high = set_byte(p);
		}
		for (int b = low; b <= high; b++)
			byte_set_add(&set, (uint8_t)b);
	}
	++*p;
	if (negated)
		for (size_t i = 0; i < 4; i++)
			set.word[i] = ~set.word[i];
	set.word['/' / 64] &= ~(UINT64_C(1) << '/' % 64);
	index = alphabet_add_set(lexer->alphabet, &set);
	return index < 0 ? index : sign(lexer, (token_t)(SIGN_SET + index));
}

static int lex_any_byte(struct lexer *lexer)
{
	struct byte_set set = { { ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0) } };
	int index;

	set.word['/' / 64] &= ~(UINT64_C(1) << '/' % 64);
	index = alphabet_add_set(lexer->alphabet, &set);
	return index < 0 ? index : sign(lexer, (token_t)(SIGN_SET + index));
}

static int lex(struct lexer *lexer, const char *p)
{
	size_t depth = 0;
	int r = 0;

	while (*p && r >= 0) {
		char c = *p++;

		if (c == '\\') {
			r = *p ? sign_byte(lexer, *p++) : -EINVAL;
		} else if (c == '[') {
			r = lex_set(lexer, &p);
		} else if (c == '?') {
			r = lex_any_byte(lexer);
		} else if (c == '*') {
			r = sign(lexer, SIGN_STAR);
		} else if (c == '{') {
			depth++;
			r = sign(lexer, SIGN_OPEN);
		} else if (c == ',' && depth) {
			r = sign(lexer, SIGN_COMMA);
		} else if (c == '}') {
			r = depth-- ? sign(lexer, SIGN_CLOSE) : -EINVAL;
		} else {
			r = sign_byte(lexer, c);
		}
		if (r == -EINVAL)
			return r;
	}
	return r < 0 ? r : depth ? -EINVAL : 0;
}

/* The end of the branch that starts at @at: its comma or closing brace. */
static size_t branch_end(const token_t *signs, size_t at)
{
	for (size_t depth = 0;; at++) {
		if (signs[at] == SIGN_OPEN)
			depth++;
		else if (signs[at] == SIGN_CLOSE && !depth--)
			return at;
		else if (signs[at] == SIGN_COMMA && !depth)
			return at;
	}
}

/**
 * struct chooser - counts through all alternatives
 * @choice:	branch taken of each brace met on the way
 * @branches:	how many that brace has
 * @used:	braces met on the way
 */
struct chooser {
	uint16_t choice[TOKENS_MAX];
	uint16_t branches[TOKENS_MAX];
	size_t used;
};

static uint16_t count_branches(const token_t *signs, size_t at)
{
	uint16_t branches = 1;

	for (at = branch_end(signs, at); signs[at] == SIGN_COMMA; at = branch_end(signs, at + 1))
		branches++;
	return branches;
}

/* Copy the chosen alternative; *ret_count tokens. A branch's comma is a jump to its brace's end. */
static void spell(const struct lexer *lexer, struct chooser *chooser, token_t *out,
		  size_t *ret_count)
{
	const token_t *signs = lexer->signs;
	size_t count = 0;

	chooser->used = 0;
	for (size_t at = 0; at < lexer->count; at++) {
		if (signs[at] == SIGN_OPEN) {
			size_t n = chooser->used++;

			chooser->branches[n] = count_branches(signs, at + 1);
			for (uint16_t i = 0; i < chooser->choice[n]; i++)
				at = branch_end(signs, at + 1);
		} else if (signs[at] == SIGN_COMMA) {
			while (signs[at] == SIGN_COMMA)
				at = branch_end(signs, at + 1);
		} else if (signs[at] != SIGN_CLOSE) {
			out[count++] = signs[at];
		}
	}
	*ret_count = count;
}

/* The next alternative; false when there is none. */
static bool choose_next(struct chooser *chooser)
{
	for (size_t n = chooser->used; n-- > 0;) {
		if (++chooser->choice[n] < chooser->branches[n])
			return true;
		chooser->choice[n] = 0;
	}
	return false;
}

/* Runs of stars become one token each; returns the new number of tokens. */
static size_t join_stars(token_t *tokens, size_t count)
{
	size_t out = 0;

	for (size_t at = 0; at < count; at++) {
		size_t stars = 0;

		while (at + stars < count && tokens[at + stars] == SIGN_STAR)
			stars++;
		if (!stars) {
			tokens[out++] = tokens[at];
			continue;
		}
		at += stars - 1;
		if (stars == 1)
			tokens[out++] = TOKEN_STAR;
		else if (out && tokens[out - 1] == '/' && (at + 1 == count || tokens[at + 1] == '/'))
			tokens[out - 1] = TOKEN_NAMES;
		else
			tokens[out++] = TOKEN_CROSS;
	}
	return out;
}

static int each_alternative(const struct lexer *lexer, token_fn *each, void *data)
{
	_cleanup_free_ struct chooser *chooser = calloc(1, sizeof(*chooser));
	_cleanup_free_ token_t *tokens = calloc(TOKENS_MAX, sizeof(*tokens));
	size_t count, alternatives = 0;
	int r;

	if (!chooser || !tokens)
		return -ENOMEM;
	do {
		if (alternatives++ == ALTERNATIVES_MAX)
			return -E2BIG;
		spell(lexer, chooser, tokens, &count);
		count = join_stars(tokens, count);
		if (count == 1 && tokens[0] == '/')
			count = 0;
		r = each(data, tokens, count);
		if (r)
			return r;
	} while (choose_next(chooser));
	return 0;
}

int tokens_each(const char *pattern, bool literal, struct alphabet *alphabet, token_fn *each,
		void *data)
{
	token_t signs[TOKENS_MAX];
	struct lexer lexer = { alphabet, signs, 0 };
	bool braces = false;
	int r = 0;

	if (literal)
		for (const char *p = pattern; *p && !r; p++)
			r = sign_byte(&lexer, *p);
	else
		r = lex(&lexer, pattern);
	if (r < 0)
		return r;
	for (size_t i = 0; i < lexer.count; i++)
		braces |= signs[i] == SIGN_OPEN;
	if (braces)
		return each_alternative(&lexer, each, data);
	lexer.count = join_stars(signs, lexer.count);
	if (lexer.count == 1 && signs[0] == '/')
		lexer.count = 0;
	return each(data, signs, lexer.count);
}
