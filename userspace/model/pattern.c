// SPDX-License-Identifier: Apache-2.0
/* The syntax of path patterns */
#include "model/pattern.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "model/limits.h"

/* Braces inside each other; every level is a level of recursion here */
#define NESTING_MAX 8

static int wrong(struct pattern_mistake *ret, size_t offset, size_t length,
		 const char *text, const char *hint)
{
	*ret = (struct pattern_mistake){
		.text = text, .hint = hint, .offset = offset, .length = length,
	};
	return 1;
}

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* "\x": the x must be something that can be special, so that \n is not taken for a line break */
static int check_quote(const char *text, size_t at, struct pattern_mistake *ret)
{
	char quoted = text[at + 1];

	if (!quoted)
		return wrong(ret, at, 1, "a '\\' at the end quotes nothing", NULL);
	if (is_letter_or_digit(quoted) || quoted == '/')
		return wrong(ret, at, 2, "'\\' quotes special characters alone",
			     "write \\\\ for a backslash");
	return 0;
}

/* A character of a set: its value and how many bytes it takes */
static unsigned char set_member(const char *text, size_t *at)
{
	if (text[*at] == '\\')
		(*at)++;
	return (unsigned char)text[(*at)++];
}

/* "[...]" at @start; moves *at behind it */
static int check_set(const char *text, size_t start, size_t *at, struct pattern_mistake *ret)
{
	size_t here = start + 1, first;
	unsigned char low, high;

	if (text[here] == '!' || text[here] == '^')
		here++;
	first = here;
	while (text[here] && (text[here] != ']' || here == first)) {
		size_t member = here;

		if (text[here] == '\\' && check_quote(text, here, ret))
			return 1;
		if (text[here] == '/')
			return wrong(ret, here, 1, "'/' cannot be in a [set]", NULL);
		low = set_member(text, &here);
		if (low >= 0x80)
			return wrong(ret, member, 1, "a [set] holds ASCII characters alone",
				     "write {a,b} for other letters");
		if (text[here] != '-' || text[here + 1] == ']' || !text[here + 1])
			continue;
		here++;
		if (text[here] == '\\' && check_quote(text, here, ret))
			return 1;
		high = set_member(text, &here);
		if (high < low || high == '/' || high >= 0x80)
			return wrong(ret, member, here - member, "the range goes backwards or "
				     "out of ASCII", NULL);
	}
	if (!text[here])
		return wrong(ret, start, 1, "this '[' is never closed",
			     "write \\[ for the character itself");
	*at = here + 1;
	return 0;
}

/**
 * struct brace - a brace that is open
 * @start:	where it was opened
 * @commas:	commas in it so far
 */
struct brace {
	size_t start;
	size_t commas;
};

static int open_brace(struct brace *stack, size_t *depth, size_t at, struct pattern_mistake *ret)
{
	if (*depth == NESTING_MAX)
		return wrong(ret, at, 1, "more than 8 braces inside each other", NULL);
	stack[(*depth)++] = (struct brace){ .start = at };
	return 0;
}

static int close_brace(struct brace *stack, size_t *depth, size_t at, struct pattern_mistake *ret)
{
	const struct brace *brace;

	if (!*depth)
		return wrong(ret, at, 1, "this '}' closes nothing",
			     "write \\} for the character itself");
	brace = &stack[--*depth];
	if (!brace->commas)
		return wrong(ret, brace->start, at - brace->start + 1,
			     "braces with a single alternative", NULL);
	return 0;
}

static int check_star(const char *text, size_t *at, struct pattern_mistake *ret)
{
	size_t start = *at;

	*at += strspn(text + start, "*");
	if (*at - start > 2)
		return wrong(ret, start, *at - start, "more than two '*' mean nothing more", NULL);
	return 0;
}

/* Everything but the names: quotes, sets, braces, stars */
static int check_signs(const char *text, struct pattern_mistake *ret)
{
	struct brace stack[NESTING_MAX];
	size_t at = 0, depth = 0;
	int r = 0;

	while (!r && text[at]) {
		switch (text[at]) {
		case '\\':
			r = check_quote(text, at, ret);
			at += 2;
			break;
		case '[':
			r = check_set(text, at, &at, ret);
			break;
		case '*':
			r = check_star(text, &at, ret);
			break;
		case '{':
			r = open_brace(stack, &depth, at++, ret);
			break;
		case ',':
			if (depth)
				stack[depth - 1].commas++;
			at++;
			break;
		case '}':
			r = close_brace(stack, &depth, at++, ret);
			break;
		default:
			at++;
		}
	}
	if (!r && depth)
		r = wrong(ret, stack[depth - 1].start, 1, "this '{' is never closed",
			  "write \\{ for the character itself");
	return r;
}

/**
 * struct names - the names of one alternative, while they are read
 * @length:	least bytes of the present name
 * @dots:	the present name is so many dots and nothing else; -1 if it is not
 * @start:	where in the pattern the present name starts
 * @empty:	nothing of the present name was written
 */
struct names {
	size_t length;
	int dots;
	size_t start;
	bool empty;
};

static int end_name(const struct names *names, size_t at, bool last, struct pattern_mistake *ret)
{
	size_t length = at > names->start ? at - names->start : 1;

	if (names->empty && last)
		return wrong(ret, names->start - 1, 1, "a '/' at the end",
			     "write /dir for a directory itself, /dir/** for it and all below it");
	if (names->empty)
		return wrong(ret, at ? at - 1 : 0, 2, "'//' holds an empty name", NULL);
	if (names->dots == 1 || names->dots == 2)
		return wrong(ret, names->start, length, "'.' and '..' are not names: "
			     "objects are known by their canonical path", NULL);
	if (names->length > PATTERN_NAME_MAX)
		return wrong(ret, names->start, length, "no file has a name of more than 255 "
			     "bytes (PATTERN_NAME_MAX)", NULL);
	return 0;
}

/* Add something that stands for at least @bytes bytes of a name */
static void add_to_name(struct names *names, bool dot, size_t bytes)
{
	if (names->empty)
		names->dots = 0;
	names->empty = false;
	names->length += bytes;
	names->dots = dot && names->dots >= 0 ? names->dots + 1 : -1;
}

/**
 * struct choice - which branch of each brace is looked at
 * @number:	the alternative's number, used up brace by brace
 */
struct choice {
	uint64_t number;
};

/* Commas and the closing brace of the brace at @at: count its branches, find its end */
static size_t brace_branches(const char *text, size_t at, size_t *ret_end)
{
	size_t depth = 0, branches = 1;

	for (; text[at]; at++) {
		if (text[at] == '\\') {
			at++;
		} else if (text[at] == '[') {
			struct pattern_mistake unused;

			check_set(text, at, &at, &unused);
			at--;
		} else if (text[at] == '{') {
			depth++;
		} else if (text[at] == ',' && depth == 1) {
			branches++;
		} else if (text[at] == '}' && --depth == 0) {
			break;
		}
	}
	*ret_end = at;
	return branches;
}

/* The start of branch @branch of the brace at @at */
static size_t brace_branch(const char *text, size_t at, size_t branch)
{
	size_t depth = 0;

	for (;; at++) {
		if (text[at] == '\\') {
			at++;
		} else if (text[at] == '[') {
			struct pattern_mistake unused;

			check_set(text, at, &at, &unused);
			at--;
		} else if (text[at] == '{') {
			if (++depth == 1 && !branch)
				return at + 1;
		} else if (text[at] == ',' && depth == 1) {
			if (--branch == 0)
				return at + 1;
		} else if (text[at] == '}') {
			depth--;
		}
	}
}

/*
 * Read one alternative of a pattern whose signs are known to be right; @inside
 * a brace, up to the end of the branch. A brace takes its branch from the choice and goes on behind its end.
 */
static int walk(const char *text, size_t at, struct names *names, struct choice *choice,
		bool inside, struct pattern_mistake *ret)
{
	struct pattern_mistake unused;
	size_t end, branches;
	int r;

	while (text[at] && !(inside && (text[at] == ',' || text[at] == '}'))) {
		switch (text[at]) {
		case '/':
			if (at && (r = end_name(names, at, false, ret)))
				return r;
			*names = (struct names){ .start = ++at, .empty = true };
			break;
		case '\\':
			add_to_name(names, text[at + 1] == '.', 1);
			at += 2;
			break;
		case '[':
			add_to_name(names, false, 1);
			check_set(text, at, &at, &unused);
			break;
		case '*':
			add_to_name(names, false, 0);
			at += strspn(text + at, "*");
			break;
		case '{':
			branches = brace_branches(text, at, &end);
			end++;
			at = brace_branch(text, at, choice->number % branches);
			choice->number /= branches;
			r = walk(text, at, names, choice, true, ret);
			if (r)
				return r;
			at = end;
			break;
		default:
			add_to_name(names, text[at] == '.', 1);
			at++;
		}
	}
	return 0;
}

/* An upper bound for the numbers that walk() tells apart: all branch counts multiplied */
static uint64_t choices(const char *text)
{
	struct pattern_mistake unused;
	uint64_t product = 1;
	size_t at = 0, end;

	while (text[at]) {
		if (text[at] == '\\') {
			at += 2;
		} else if (text[at] == '[') {
			check_set(text, at, &at, &unused);
		} else {
			if (text[at] == '{')
				product *= brace_branches(text, at, &end);
			if (product > PATTERN_ALTERNATIVES_MAX)
				return product;
			at++;
		}
	}
	return product;
}

static int check_names(const char *text, struct pattern_mistake *ret)
{
	uint64_t count = choices(text), number;
	int r;

	if (count > PATTERN_ALTERNATIVES_MAX)
		return wrong(ret, 0, strlen(text), "the braces multiply to more than 256 "
			     "alternatives (PATTERN_ALTERNATIVES_MAX)", "write several patterns");
	if (count > 1 && count * strlen(text) > PATTERN_SPELLED_MAX)
		return wrong(ret, 0, strlen(text), "the braces spell out to more than 128 KiB "
			     "(PATTERN_SPELLED_MAX)", "write several patterns");
	for (number = 0; number < count; number++) {
		struct choice choice = { .number = number };
		struct names names = { .empty = true };

		r = walk(text, 0, &names, &choice, false, ret);
		if (!r && strcmp(text, "/") != 0)
			r = end_name(&names, strlen(text), true, ret);
		if (r)
			return r;
	}
	return 0;
}

static int check_start(const char *text, struct pattern_mistake *ret)
{
	size_t length = strlen(text);

	if (text[0] != '/' && text[0] != '@')
		return wrong(ret, 0, length, "a path is absolute: it starts with '/'", NULL);
	if (length > PATTERN_LENGTH_MAX)
		return wrong(ret, 0, length, "longer than 4096 bytes (PATTERN_LENGTH_MAX)", NULL);
	return 0;
}

int pattern_check(const char *text, struct pattern_mistake *ret)
{
	int r = check_start(text, ret);

	if (!r)
		r = check_signs(text, ret);
	return r ? r : check_names(text, ret);
}

int pattern_check_path(const char *text, struct pattern_mistake *ret)
{
	struct names names = { .empty = true };
	size_t at;
	int r = check_start(text, ret);

	for (at = 0; text[at] && !r; at++) {
		if (text[at] != '/') {
			add_to_name(&names, text[at] == '.', 1);
			continue;
		}
		if (at)
			r = end_name(&names, at, false, ret);
		names = (struct names){ .start = at + 1, .empty = true };
	}
	if (!r && strcmp(text, "/") != 0)
		r = end_name(&names, at, true, ret);
	return r;
}
