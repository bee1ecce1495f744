/* SPDX-License-Identifier: Apache-2.0 */
/* Does a path match a pattern: once more, from policy/LANGUAGE.md alone */
#ifndef TESTS_DECIDE_REFERENCE_H
#define TESTS_DECIDE_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Nothing clever: braces are written out as texts, a text is a list of elements,
 * and a list is laid along the path element by element, keeping which lengths of
 * the path the elements so far can take.  It shares no line with the compiler, the
 * programs or the matcher that explains denials, and is not to.
 */
#define REFERENCE_PATH_MAX 8192
#define REFERENCE_TEXT_MAX 8192
#define REFERENCE_ALTERNATIVES 160

enum element_kind {
	ELEMENT_BYTE,		/* one byte of the set */
	ELEMENT_STAR,		/* any bytes but '/' */
	ELEMENT_STARS,		/* any bytes */
	ELEMENT_NAMES,		/* a name of two stars, and the '/' before: nothing, or '/' and any */
};

struct element {
	enum element_kind kind;
	uint8_t set[32];
};

struct alternative {
	struct element *elements;
	size_t count;
};

struct reference {
	struct alternative *alternatives;
	size_t count;
	bool wrong;		/* no pattern at all */
	bool large;		/* more alternatives than are kept: says nothing */
};

static bool set_has(const struct element *e, uint8_t byte)
{
	return e->set[byte / 8] >> byte % 8 & 1;
}

static void set_put(struct element *e, uint8_t byte)
{
	e->set[byte / 8] |= (uint8_t)(1 << byte % 8);
}

/* Bytes of the sign that starts at @text: a quoted byte, a [set], any other byte; 0 for none. */
static size_t sign_size(const char *text)
{
	size_t at = 1;

	if (*text == '\\')
		return text[1] ? 2 : 0;
	if (*text != '[')
		return *text != 0;
	if (text[at] == '!' || text[at] == '^')
		at++;
	for (bool first = true; first || text[at] != ']'; first = false) {
		if (text[at] == '\\')
			at++;
		if (!text[at])
			return 0;
		at++;
	}
	return at + 1;
}

/* A member of a set, or one end of a range. */
static uint8_t set_member_at(const char *text, size_t *at)
{
	if (text[*at] == '\\')
		++*at;
	return (uint8_t)text[(*at)++];
}

/* "[...]" of @size bytes; '/' is never in it. */
static void read_set(struct element *e, const char *text, size_t size)
{
	bool negated = text[1] == '!' || text[1] == '^';
	size_t at = 1 + negated, end = size - 1;

	while (at < end) {
		uint8_t low = set_member_at(text, &at), high = low;

		if (text[at] == '-' && at + 1 < end) {
			at++;
			high = set_member_at(text, &at);
		}
		for (unsigned int byte = low; byte <= high; byte++)
			set_put(e, (uint8_t)byte);
	}
	for (size_t i = 0; negated && i < sizeof(e->set); i++)
		e->set[i] = (uint8_t)~e->set[i];
	e->set['/' / 8] &= (uint8_t)~(1 << '/' % 8);
}

static struct element *element_add(struct alternative *a, enum element_kind kind)
{
	struct element *e = &a->elements[a->count++];

	memset(e, 0, sizeof(*e));
	e->kind = kind;
	return e;
}

/* A text without braces. */
static void read_alternative(struct reference *r, const char *text)
{
	struct alternative *a;
	size_t size;

	if (r->count == REFERENCE_ALTERNATIVES) {
		r->large = true;
		return;
	}
	a = &r->alternatives[r->count++];
	a->elements = calloc(strlen(text) + 1, sizeof(*a->elements));
	a->count = 0;
	if (!strcmp(text, "/"))
		return;			/* the root directory is the empty path */
	for (const char *p = text; *p; p += size) {
		size_t stars = strspn(p, "*");

		size = sign_size(p);
		if (stars >= 2 && p > text && p[-1] == '/' && (!p[stars] || p[stars] == '/')) {
			a->count--;
			element_add(a, ELEMENT_NAMES);
			size = stars;
		} else if (stars) {
			element_add(a, stars == 1 ? ELEMENT_STAR : ELEMENT_STARS);
			size = stars;
		} else if (*p == '[') {
			read_set(element_add(a, ELEMENT_BYTE), p, size);
		} else if (*p == '?') {
			read_set(element_add(a, ELEMENT_BYTE), "[!/]", 4);
		} else {
			set_put(element_add(a, ELEMENT_BYTE), (uint8_t)p[*p == '\\']);
		}
	}
}

/* The `}` or `,` that ends the alternative at @p; NULL when it has no end. */
static const char *alternative_end(const char *p)
{
	size_t depth = 0, size;

	for (; (size = sign_size(p)) > 0; p += size) {
		if (!depth && (*p == ',' || *p == '}'))
			return p;
		depth += *p == '{';
		depth -= *p == '}';
	}
	return NULL;
}

/* The first brace is replaced by each of its alternatives in turn. */
static void read_pattern(struct reference *r, const char *text)
{
	const char *open = text, *from, *to, *close;
	size_t size;

	while ((size = sign_size(open)) > 0 && *open != '{' && *open != '}')
		open += size;
	if (!*open) {
		read_alternative(r, text);
		return;
	}
	close = *open == '{' ? open : NULL;
	do
		close = close ? alternative_end(close + 1) : NULL;
	while (close && *close == ',');
	r->large |= strlen(text) >= REFERENCE_TEXT_MAX;
	r->wrong |= !close;
	if (r->large || r->wrong)
		return;
	for (from = open + 1; !r->wrong && !r->large; from = to + 1) {
		char whole[REFERENCE_TEXT_MAX];

		to = alternative_end(from);
		snprintf(whole, sizeof(whole), "%.*s%.*s%s", (int)(open - text), text,
			 (int)(to - from), from, close + 1);
		read_pattern(r, whole);
		if (to == close)
			break;
	}
}

static void reference_read(struct reference *r, const char *pattern)
{
	*r = (struct reference){
		.alternatives = calloc(REFERENCE_ALTERNATIVES, sizeof(*r->alternatives)),
	};
	read_pattern(r, pattern);
}

static void reference_done(struct reference *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->alternatives[i].elements);
	free(r->alternatives);
	*r = (struct reference){ .count = 0 };
}

/* before[i]: the elements so far can take the first i bytes; after[]: with this one too. */
static bool lay(const struct element *e, const char *path, size_t size, const bool *before,
		bool *after)
{
	bool opened = false, some = false;

	for (size_t i = 0; i <= size; i++) {
		uint8_t byte = i ? (uint8_t)path[i - 1] : 0;

		switch (e->kind) {
		case ELEMENT_BYTE:
			after[i] = i && before[i - 1] && set_has(e, byte);
			break;
		case ELEMENT_STAR:
			after[i] = before[i] || (i && after[i - 1] && byte != '/');
			break;
		case ELEMENT_STARS:
			after[i] = before[i] || (i && after[i - 1]);
			break;
		case ELEMENT_NAMES:
			opened |= i && before[i - 1] && byte == '/';
			after[i] = before[i] || opened;
			break;
		}
		some |= after[i];
	}
	return some;
}

static bool alternative_takes(const struct alternative *a, const char *path, size_t size)
{
	static bool reach[2][REFERENCE_PATH_MAX + 1];
	bool *before = reach[0], *after = reach[1], *swap;

	memset(before, 0, size + 1);
	before[0] = true;
	for (size_t i = 0; i < a->count; i++) {
		if (!lay(&a->elements[i], path, size, before, after))
			return false;
		swap = before;
		before = after;
		after = swap;
	}
	return before[size];
}

/* @path is canonical; the root directory is the empty text. */
__attribute__((unused))
static bool reference_matches(const struct reference *r, const char *path, size_t size)
{
	for (size_t i = 0; i < r->count; i++)
		if (alternative_takes(&r->alternatives[i], path, size))
			return true;
	return false;
}

#endif
