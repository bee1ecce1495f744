// SPDX-License-Identifier: Apache-2.0
/* Host names as DNS knows them */
#include "base/hostname.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static enum hostname_mistake check_character(char c)
{
	if (c & 0x80)
		return HOSTNAME_NOT_ASCII;
	if (c == '*')
		return HOSTNAME_WILDCARD;
	if ((lower(c) >= 'a' && lower(c) <= 'z') || is_digit(c) || c == '-' || c == '_')
		return HOSTNAME_FINE;
	return HOSTNAME_CHARACTER;
}

static enum hostname_mistake check_label(const char *label, size_t size)
{
	if (!size)
		return HOSTNAME_EMPTY_LABEL;
	if (size > HOSTNAME_LABEL_MAX)
		return HOSTNAME_LABEL_TOO_LONG;
	if (label[0] == '-' || label[size - 1] == '-')
		return HOSTNAME_HYPHEN;
	return HOSTNAME_FINE;
}

/* 10.1, 0x7f.1 and their kind: inet_aton() and browsers take them for addresses */
static bool is_number(const char *label)
{
	if (label[0] == '0' && label[1] == 'x')
		return strspn(label + 2, "0123456789abcdef") == strlen(label + 2);
	return strspn(label, "0123456789") == strlen(label);
}

static bool is_local(const char *name)
{
	static const char local[] = "localhost";
	size_t size = strlen(name), end = sizeof(local) - 1;

	return size >= end && !strcmp(name + size - end, local) &&
	       (size == end || name[size - end - 1] == '.');
}

/* Labels one by one; the name must be of ASCII characters by now */
static enum hostname_mistake check_labels(const char *name, size_t *ret_offset)
{
	const char *label = name;
	enum hostname_mistake wrong;

	for (;;) {
		size_t size = strcspn(label, ".");

		wrong = check_label(label, size);
		*ret_offset = (size_t)(label - name);
		if (wrong)
			return wrong;
		if (!label[size])
			break;
		label += size + 1;
	}
	if (is_number(label))
		return HOSTNAME_NUMBER;
	*ret_offset = 0;
	return is_local(name) ? HOSTNAME_LOCAL : HOSTNAME_FINE;
}

enum hostname_mistake hostname_check(const char *text, char ret[HOSTNAME_MAX], size_t *ret_offset)
{
	char name[HOSTNAME_MAX];
	size_t size = strlen(text), unused, i;
	enum hostname_mistake wrong;

	if (!ret_offset)
		ret_offset = &unused;
	for (i = 0; i < size; i++) {
		wrong = text[i] == '.' ? HOSTNAME_FINE : check_character(text[i]);
		*ret_offset = i;
		if (wrong)
			return wrong;
	}
	*ret_offset = 0;
	if (size > 1 && text[size - 1] == '.')
		size--;
	if (size >= HOSTNAME_MAX)
		return HOSTNAME_TOO_LONG;
	for (i = 0; i < size; i++)
		name[i] = lower(text[i]);
	name[size] = 0;
	wrong = check_labels(name, ret_offset);
	if (!wrong)
		memcpy(ret, name, size + 1);
	return wrong;
}

/* --- what is meant by letters that DNS does not have: RFC 3492 -------------------- */

#define BASE 36u
#define LEAST 1u
#define MOST 26u

/* Where capitals stand 32 before their small letters; others are left as they are */
static uint32_t lower_letter(uint32_t c)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) ||
	    (c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f))
		return c + 0x20;
	return c;
}

static uint32_t adapt(uint32_t delta, uint32_t count, bool first)
{
	uint32_t k = 0;

	delta = first ? delta / 700 : delta / 2;
	for (delta += delta / count; delta > (BASE - LEAST) * MOST / 2; k += BASE)
		delta /= BASE - LEAST;
	return k + (BASE - LEAST + 1) * delta / (delta + 38);
}

static char digit(uint32_t value)
{
	return (char)(value < 26 ? 'a' + value : '0' + value - 26);
}

/* One number in digits of growing weight; false when there is no room */
static bool put_number(uint32_t value, uint32_t bias, char *out, size_t *used)
{
	for (uint32_t k = BASE;; k += BASE) {
		uint32_t t = k <= bias ? LEAST : k >= bias + MOST ? MOST : k - bias;

		if (*used >= HOSTNAME_LABEL_MAX)
			return false;
		if (value < t) {
			out[(*used)++] = digit(value);
			return true;
		}
		out[(*used)++] = digit(t + (value - t) % (BASE - t));
		value = (value - t) / (BASE - t);
	}
}

/* @out holds the plain characters and their '-' already; @done of @count are there */
static bool put_others(const uint32_t *c, uint32_t count, uint32_t done, char *out, size_t *used)
{
	uint32_t n = 0x80, delta = 0, bias = 72, plain = done;

	while (done < count) {
		uint32_t next = UINT32_MAX;

		for (uint32_t i = 0; i < count; i++)
			if (c[i] >= n && c[i] < next)
				next = c[i];
		delta += (next - n) * (done + 1);
		n = next;
		for (uint32_t i = 0; i < count; i++) {
			delta += c[i] < n;
			if (c[i] != n)
				continue;
			if (!put_number(delta, bias, out, used))
				return false;
			bias = adapt(delta, done + 1, done == plain);
			delta = 0;
			done++;
		}
		delta++;
		n++;
	}
	return true;
}

/* One label; false when it has no such form */
static bool encode_label(const char *label, size_t size, char out[HOSTNAME_LABEL_MAX + 1])
{
	uint32_t c[HOSTNAME_LABEL_MAX], count = 0, plain = 0;
	size_t used = 4, at = 0;

	while (at < size) {
		size_t length = utf8_decode(label + at, size - at, &c[count]);

		/* signs and blanks are no letters in any language */
		if (!length || (c[count] >= 0x80 && c[count] < 0xc0))
			return false;
		at += length;
		c[count] = lower_letter(c[count]);
		if (++count == HOSTNAME_LABEL_MAX && at < size)
			return false;
	}
	memcpy(out, "xn--", 4);
	for (uint32_t i = 0; i < count; i++) {
		if (c[i] >= 0x80)
			continue;
		if (used >= HOSTNAME_LABEL_MAX - 1)
			return false;
		out[used++] = (char)c[i];
		plain++;
	}
	if (plain == count) {
		memmove(out, out + 4, used - 4);
		out[used - 4] = 0;
		return true;
	}
	if (plain)
		out[used++] = '-';
	if (!put_others(c, count, plain, out, &used))
		return false;
	out[used] = 0;
	return true;
}

bool hostname_ascii(const char *text, char ret[HOSTNAME_MAX])
{
	char name[HOSTNAME_MAX], label[HOSTNAME_LABEL_MAX + 1];
	size_t used = 0;

	for (;;) {
		size_t size = strcspn(text, ".");

		if (!encode_label(text, size, label) || used + strlen(label) + 2 > sizeof(name))
			return false;
		used += (size_t)snprintf(name + used, sizeof(name) - used, "%s%s", used ? "." : "",
					 label);
		if (!text[size])
			break;
		text += size + 1;
	}
	return hostname_check(name, ret, NULL) == HOSTNAME_FINE;
}
