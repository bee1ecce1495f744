/* SPDX-License-Identifier: Apache-2.0 */
/* Does a path match a pattern: the reference, written without the automaton */
#include "image/glob.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* What is known to fail is not tried again, so the time is bounded by pattern times path. */
struct attempt {
	const char *pattern;
	const char *path;
	const char *end;
	size_t width;		/* positions in the path */
	uint8_t *failed;	/* bit per (pattern position, path position) */
};

static bool name_byte(const char *s, const char *end)
{
	return s < end && *s != '/';
}

/* The `]` that ends the class whose `[` is at @p, or NULL. */
static const char *class_end(const char *p)
{
	p++;
	if (*p == '!' || *p == '^')
		p++;
	if (*p == ']')
		p++;
	for (; *p && *p != ']'; p++)
		if (*p == '\\' && p[1])
			p++;
	return *p ? p : NULL;
}

static unsigned char class_byte(const char **p)
{
	if (**p == '\\' && (*p)[1])
		(*p)++;
	return (unsigned char)*(*p)++;
}

static bool class_holds(const char *p, unsigned char byte)
{
	const char *end = class_end(p);
	bool negated, found = false;

	p++;
	negated = *p == '!' || *p == '^';
	p += negated;
	while (p < end) {
		unsigned char low = class_byte(&p), high = low;

		if (*p == '-' && p + 1 < end) {
			p++;
			high = class_byte(&p);
		}
		found |= byte >= low && byte <= high;
	}
	return found != negated;
}

/* One element that takes exactly one byte; NULL when it does not take this one. */
static const char *match_byte(const char *p, const char *s, const char *end)
{
	if (s >= end)
		return NULL;
	switch (*p) {
	case '?':
		return *s != '/' ? p + 1 : NULL;
	case '[':
		return *s != '/' && class_holds(p, (unsigned char)*s) ? class_end(p) + 1 : NULL;
	case '\\':
		return p[1] && p[1] == *s ? p + 2 : NULL;
	}
	return *p == *s ? p + 1 : NULL;
}

static bool match(struct attempt *a, const char *p, const char *s);

static bool match_stars(struct attempt *a, const char *p, const char *s)
{
	bool slash = *p == '/';
	const char *stars = p + slash, *rest = stars + strspn(stars, "*");
	bool crosses = rest - stars >= 2;

	if (slash) {		/* a whole name of stars: no name at all, or "/" and anything */
		if (match(a, rest, s))
			return true;
		if (s >= a->end || *s != '/')
			return false;
		s++;
	}
	for (;; s++) {
		if (match(a, rest, s))
			return true;
		if (crosses ? s >= a->end : !name_byte(s, a->end))
			return false;
	}
}

/* Is there a name of two or more stars alone at this '/'? */
static bool name_of_stars(const char *p)
{
	size_t stars = *p == '/' ? strspn(p + 1, "*") : 0;

	return stars >= 2 && (p[1 + stars] == '/' || !p[1 + stars]);
}

static bool match(struct attempt *a, const char *p, const char *s)
{
	size_t bit = (size_t)(p - a->pattern) * a->width + (size_t)(s - a->path);

	if (a->failed[bit / 8] >> (bit % 8) & 1)
		return false;
	for (const char *at = s; ; at++) {
		if (!*p) {
			if (at == a->end)
				return true;
			break;
		}
		if (*p == '*' || name_of_stars(p)) {
			if (match_stars(a, p, at))
				return true;
			break;
		}
		p = match_byte(p, at, a->end);
		if (!p)
			break;
	}
	a->failed[bit / 8] |= (uint8_t)(1 << bit % 8);
	return false;
}

/* A pattern without braces. */
static int match_plain(const char *pattern, const char *path, size_t size)
{
	struct attempt a = { pattern, path, path + size, size + 1, NULL };
	_cleanup_free_ uint8_t *large = NULL;
	uint8_t small[1024] = { 0 };
	size_t bytes = (strlen(pattern) + 1) * a.width / 8 + 1;

	a.failed = bytes <= sizeof(small) ? small : (large = calloc(1, bytes));
	if (!a.failed)
		return -ENOMEM;
	if (!strcmp(pattern, "/"))
		return size == 0;
	return match(&a, pattern, path);
}

/* The next byte that is neither quoted nor inside a class; NULL for a pattern that is none. */
static const char *skip(const char *p)
{
	if (*p == '\\')
		return p[1] ? p + 2 : NULL;
	if (*p == '[') {
		p = class_end(p);
		return p ? p + 1 : NULL;
	}
	return p + 1;
}

/* The first `{`, or the end; NULL for a pattern that is none. */
static const char *find_brace(const char *p)
{
	while (p && *p && *p != '{')
		p = *p == '}' ? NULL : skip(p);
	return p;
}

static int match_alternatives(const char *pattern, const char *path, size_t size, size_t *left);

/* One alternative of the first brace, put between what is before and behind it. */
static int match_with(const char *pattern, size_t before, const char *alternative, size_t bytes,
		      const char *behind, const char *path, size_t size, size_t *left)
{
	size_t behind_size = strlen(behind);
	_cleanup_free_ char *text = malloc(before + bytes + behind_size + 1);

	if (!text)
		return -ENOMEM;
	memcpy(text, pattern, before);
	memcpy(text + before, alternative, bytes);
	memcpy(text + before + bytes, behind, behind_size + 1);
	return match_alternatives(text, path, size, left);
}

/* The `}` of the brace opened before @p. */
static const char *brace_end(const char *p)
{
	for (size_t depth = 1; p && *p; p = skip(p)) {
		if (*p == '{')
			depth++;
		else if (*p == '}' && !--depth)
			return p;
	}
	return NULL;
}

static int match_alternatives(const char *pattern, const char *path, size_t size, size_t *left)
{
	const char *open = find_brace(pattern), *close, *from;
	size_t depth = 0;
	int r = 0;

	if (!open)
		return -EINVAL;
	if (!*open) {
		if (!*left)
			return -E2BIG;
		--*left;
		return match_plain(pattern, path, size);
	}
	close = brace_end(open + 1);
	if (!close)
		return -EINVAL;
	from = open + 1;
	for (const char *p = from; !r; p = skip(p)) {
		if (p == close || (*p == ',' && !depth)) {
			r = match_with(pattern, (size_t)(open - pattern), from, (size_t)(p - from),
				       close + 1, path, size, left);
			from = p + 1;
			if (p == close)
				break;
		}
		depth += *p == '{';
		depth -= *p == '}';
	}
	return r;
}

int glob_match(const char *pattern, const char *path, size_t size)
{
	size_t left = GLOB_ALTERNATIVES_MAX;

	if (size == 1 && *path == '/')
		size = 0;
	return match_alternatives(pattern, path, size, &left);
}
