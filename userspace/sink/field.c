// SPDX-License-Identifier: Apache-2.0
/* A stranger's text inside a format: harmless, escaped, never too long */
#include "sink/field.h"

#include <errno.h>
#include <string.h>

#include "base/escape.h"
#include "base/utf8.h"

#define MARK "..."

/* The longest front of at most @most bytes that ends between two characters */
static size_t front(const char *text, size_t size, size_t most)
{
	size_t at = 0;

	while (at < size) {
		uint32_t character;
		size_t n = utf8_decode(text + at, size - at, &character);

		if (at + (n ? n : 1) > most)
			break;
		at += n ? n : 1;
	}
	return at;
}

int field_append(struct buffer *out, const char *text, size_t size, const char *special, size_t most)
{
	struct buffer shown = { 0 };
	size_t end;

	escape_display(&shown, text, size, NULL);
	end = shown.size > most ? front(shown.data, shown.size, most - strlen(MARK)) : shown.size;
	for (size_t i = 0; i < end; i++) {
		if (strchr(special, shown.data[i]))
			buffer_append_byte(out, '\\');
		buffer_append_byte(out, shown.data[i]);
	}
	if (end < shown.size)
		buffer_append_text(out, MARK);
	if (shown.failed)
		out->failed = true;
	buffer_done(&shown);
	return out->failed ? -ENOMEM : 0;
}
