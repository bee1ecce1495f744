// SPDX-License-Identifier: Apache-2.0
/* Text from strangers, made harmless before it is shown */
#include "base/escape.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/utf8.h"

#define TAB_COLUMNS 8

static int answer(const struct buffer *out)
{
	return out->failed ? -ENOMEM : 0;
}

int escape_ascii(struct buffer *out, const void *text, size_t size)
{
	const unsigned char *byte = text;
	size_t i;

	for (i = 0; i < size; i++) {
		if (byte[i] == '\\')
			buffer_append_text(out, "\\\\");
		else if (byte[i] == '\n')
			buffer_append_text(out, "\\n");
		else if (byte[i] == '\t')
			buffer_append_text(out, "\\t");
		else if (byte[i] >= 0x20 && byte[i] < 0x7f)
			buffer_append_byte(out, (char)byte[i]);
		else
			buffer_printf(out, "\\x%02x", byte[i]);
	}
	return answer(out);
}

/* The letter that follows the backslash in JSON, or 0 */
static char json_letter(uint32_t character)
{
	switch (character) {
	case '"':
	case '\\':
		return (char)character;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return 0;
	}
}

/*
 * JSON itself asks for the C0 controls alone; the others would act on a
 * terminal or break a line in a reader that takes the stream for JavaScript.
 */
static bool json_wants_number(uint32_t character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0) ||
	       character == 0xad || (character >= 0x200b && character <= 0x200f) ||
	       (character >= 0x2028 && character <= 0x202e) ||
	       (character >= 0x2060 && character <= 0x206f) || character == 0xfeff;
}

int escape_json(struct buffer *out, const void *text, size_t size)
{
	const char *byte = text;
	uint32_t character;
	size_t at, step;

	buffer_append_byte(out, '"');
	for (at = 0; at < size; at += step) {
		step = utf8_decode(byte + at, size - at, &character);
		if (!step) {
			buffer_append_text(out, "\\ufffd");
			step = 1;
		} else if (json_letter(character)) {
			buffer_append_byte(out, '\\');
			buffer_append_byte(out, json_letter(character));
		} else if (json_wants_number(character)) {
			buffer_printf(out, "\\u%04x", character);
		} else {
			buffer_append(out, byte + at, step);
		}
	}
	buffer_append_byte(out, '"');
	return answer(out);
}

/* Add one character for people; returns the columns it takes */
static size_t display_one(struct buffer *out, const char *text, size_t step,
			  uint32_t character, size_t column)
{
	char number[16];
	size_t blanks;
	int columns;

	if (step && character == '\t') {
		blanks = TAB_COLUMNS - column % TAB_COLUMNS;
		buffer_append(out, "        ", blanks);
		return blanks;
	}
	columns = step ? utf8_columns(character) : 0;
	if (columns) {
		buffer_append(out, text, step);
		return (size_t)columns;
	}
	if (step)
		columns = snprintf(number, sizeof(number), "<U+%04X>", character);
	else
		columns = snprintf(number, sizeof(number), "<%02X>", (unsigned char)*text);
	buffer_append(out, number, (size_t)columns);
	return (size_t)columns;
}

int escape_display(struct buffer *out, const void *text, size_t size, size_t *columns)
{
	const char *byte = text;
	size_t at, step, column = columns ? *columns : 0;
	uint32_t character = 0;

	for (at = 0; at < size; at += step ? step : 1) {
		step = utf8_decode(byte + at, size - at, &character);
		column += display_one(out, byte + at, step, character, column);
	}
	if (columns)
		*columns = column;
	return answer(out);
}
