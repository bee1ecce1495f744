/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns that are hard to tell apart, and paths that nearly match them */
#ifndef TESTS_DECIDE_GENERATE_H
#define TESTS_DECIDE_GENERATE_H

#include "random.h"
#include "reference.h"

#define TEXT 2048		/* bytes of a pattern or path */

static void add_bytes(char *text, const char *more, size_t size)
{
	size_t have = strlen(text);

	if (have + size + 1 < TEXT) {
		memcpy(text + have, more, size);
		text[have + size] = 0;
	}
}

static void add(char *text, const char *more)
{
	add_bytes(text, more, strlen(more));
}

static void add_byte(char *text, uint8_t byte)
{
	add_bytes(text, (const char *)&byte, 1);
}

/* Any byte of a name: few bytes mostly, so that patterns meet, but every one at times. */
static uint8_t any_byte(void)
{
	static const char often[] = "abcab*?[]{}\\,!^-.z0 \x01\x7f\x80\xc3\xa9\xff";
	uint8_t byte = any(3) ? (uint8_t)often[any(sizeof(often) - 1)] : (uint8_t)(1 + any(255));

	return byte == '/' ? 'a' : byte;
}

/* A byte for itself, quoted where it would say something else. */
static void add_literal(char *text, uint8_t byte, bool in_braces)
{
	if (strchr("*?[{}\\", byte) || (in_braces && byte == ',') || byte == ']')
		add(text, "\\");
	add_byte(text, byte);
}

static void add_set(char *text)
{
	uint32_t n = 1 + any(3);

	add(text, any(3) ? "[" : any(2) ? "[!" : "[^");
	if (!any(6))
		add(text, "]");
	while (n--) {
		uint8_t low = any_byte() & 0x7f;

		if (!low || low == '/')
			low = 'a';
		if (strchr("\\]!^-", low))
			add(text, "\\");
		add_byte(text, low);
		if (!any(3)) {		/* ranges over '/' too, which takes it in nowhere */
			uint8_t high = (uint8_t)(low + any(0x7f - low + 1));

			if (high == '/')
				high = '0';
			add(text, strchr("\\]", high) ? "-\\" : "-");
			add_byte(text, high);
		}
	}
	if (!any(6))
		add(text, "-");
	add(text, "]");
}

static void add_name(char *text, uint32_t braces);

static void add_braces(char *text, uint32_t depth)
{
	uint32_t n = 1 + any(2);

	add(text, "{");
	add_name(text, depth + 1);
	while (n--) {
		add(text, ",");
		if (any(4))
			add_name(text, depth + 1);
		if (!any(4))
			add(text, any(2) ? "/**" : "/b/*");
	}
	add(text, "}");
}

static void add_name(char *text, uint32_t braces)
{
	uint32_t n = any(40) ? 1 + any(4) : 1 + any(200);

	if (!any(5)) {
		add(text, "**");
		return;
	}
	while (n--) {
		switch (any(12)) {
		case 0:
			add(text, any(4) ? "*" : "**");
			break;
		case 1:
			add(text, "?");
			break;
		case 2:
			add_set(text);
			break;
		case 3:
			if (braces < 3)
				add_braces(text, braces);
			break;
		case 4:
			add_literal(text, any_byte(), braces);
			break;
		default:
			add_literal(text, (uint8_t)('a' + any(3)), braces);
		}
	}
}

static void random_pattern(char *text)
{
	uint32_t n = any(60) ? any(6) : any(120);

	*text = 0;
	if (!n)
		add(text, "/");
	while (n--) {
		add(text, "/");
		add_name(text, 0);
	}
}

/* Another pattern much like this one: as policies have them, and as they are hardest. */
__attribute__((unused))
static void related_pattern(const char *from, char *text)
{
	static const char *const tails[] = { "/**", "/*", "/a", "*", "?", "/**/b", "b", "/a/**" };
	size_t size = strlen(from), at = size > 1 ? 1 + any((uint32_t)size - 1) : size;

	*text = 0;
	switch (any(5)) {
	case 0:			/* the same and more */
		add(text, size > 1 ? from : "");
		add(text, PICK(tails));
		break;
	case 1:			/* a directory above */
		while (at > 1 && from[at] != '/')
			at--;
		add_bytes(text, from, at);
		if (any(2))
			add(text, "/**");
		break;
	case 2:			/* one byte is any */
		add_bytes(text, from, at);
		add(text, any(2) ? "?" : "*");
		if (at < size)
			add(text, from + at + 1);
		break;
	case 3:			/* one byte more */
		add_bytes(text, from, at);
		add_literal(text, any_byte(), true);
		add(text, from + at);
		break;
	default:		/* one byte is another */
		add_bytes(text, from, at);
		if (at < size) {
			add_byte(text, any_byte());
			add(text, from + at + 1);
		}
	}
}

/* --- paths --------------------------------------------------------------- */

static void add_some_bytes(char *path, bool slashes)
{
	uint32_t n = any(50) ? any(4) : any(200);

	while (n--)
		add_byte(path, slashes && !any(3) ? '/' : any_byte());
}

static uint8_t byte_of(const struct element *e)
{
	for (uint32_t tries = 0; tries < 20; tries++) {
		uint8_t byte = any_byte();

		if (set_has(e, byte))
			return byte;
	}
	for (uint32_t byte = 1; byte < 256; byte++)
		if (set_has(e, (uint8_t)byte))
			return (uint8_t)byte;
	return 'a';
}

/* The name so far grows until it is as long as names get with what follows the star. */
static void add_to_the_brim(const struct alternative *a, size_t star, char *path)
{
	const char *name = strrchr(path, '/');
	size_t size = name ? strlen(name) - 1 : 255;

	for (size_t i = star + 1; i < a->count; i++) {
		if (a->elements[i].kind != ELEMENT_BYTE || set_has(&a->elements[i], '/'))
			break;
		size++;
	}
	while (size++ < 255)
		add_byte(path, any_byte());
}

/* A path this pattern matches, or nearly. */
static void path_from(const struct reference *r, char *path)
{
	const struct alternative *a;

	*path = 0;
	if (!r->count)
		return;
	a = &r->alternatives[any((uint32_t)r->count)];
	for (size_t i = 0; i < a->count; i++) {
		if (a->elements[i].kind == ELEMENT_BYTE) {
			add_byte(path, byte_of(&a->elements[i]));
		} else if (a->elements[i].kind == ELEMENT_STAR && !any(60)) {
			add_to_the_brim(a, i, path);
		} else if (a->elements[i].kind != ELEMENT_NAMES) {
			add_some_bytes(path, a->elements[i].kind == ELEMENT_STARS);
		} else if (any(3)) {
			add(path, "/");
			add_some_bytes(path, true);
		}
	}
}

/* One byte of the path is gone, another, or new; or a name at its end. */
static void nearly(char *path)
{
	size_t size = strlen(path), at = size ? any((uint32_t)size) : 0;
	uint8_t byte = any(5) ? any_byte() : '/';
	char rest[TEXT];

	strcpy(rest, path + at);
	if (any(2) && size)		/* a neighbour: where a range ends */
		byte = (uint8_t)(path[at] + (any(2) ? 1 : -1));
	path[at] = 0;
	switch (any(6)) {
	case 0:
		add(path, rest[0] ? rest + 1 : "");
		break;
	case 1:
		add_byte(path, byte ? byte : 1);
		add(path, rest);
		break;
	case 2:
		break;
	case 3:
		add(path, rest);
		add(path, any(2) ? "/" : "");
		add_some_bytes(path, true);
		break;
	default:
		add_byte(path, byte ? byte : 1);
		add(path, rest[0] ? rest + 1 : "");
	}
}

static void random_path(char *path)
{
	uint32_t n = any(40) ? any(7) : any(400);

	*path = 0;
	while (n--) {
		add(path, "/");
		for (uint32_t size = any(60) ? 1 + any(3) : 1 + any(255); size--;)
			add_byte(path, any(8) ? (uint8_t)('a' + any(3)) : any_byte());
	}
}

/* Only canonical paths are ever asked about: no empty name, none too long, no '/' at the end. */
static void make_canonical(char *path)
{
	char *out = path;
	size_t name = 0;

	for (char *in = path; *in; in++) {
		name = *in == '/' ? 0 : name + 1;
		if (name > 255 || (*in == '/' && (in[1] == '/' || !in[1])))
			continue;
		*out++ = *in;
	}
	*out = 0;
	if (*path && *path != '/')
		*path = 0;
}

#endif
