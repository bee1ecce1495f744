// SPDX-License-Identifier: Apache-2.0
/* The event as the journal has it, with the hash that anchors the journal elsewhere */
#include <errno.h>

#include "base/utf8.h"
#include "sink/format.h"

/* "\\u202e", as two of them where one is not enough */
static void append_escaped(struct buffer *out, uint32_t character)
{
	if (character < 0x10000) {
		buffer_printf(out, "\\u%04x", character);
		return;
	}
	character -= 0x10000;
	buffer_printf(out, "\\u%04x\\u%04x", 0xd800 + (character >> 10), 0xdc00 + (character & 0x3ff));
}

/* Other than ASCII stands in strings alone, where every character may be written as a number */
int format_json_line(struct buffer *out, const char *json, size_t size)
{
	for (size_t at = 0; at < size;) {
		uint32_t character = 0xfffd;
		size_t n = utf8_decode(json + at, size - at, &character);

		if (n && character < 0x20)
			return SINK_NEVER;	/* a line break in JSON stands between its parts */
		if (n && utf8_columns(character))
			buffer_append(out, json + at, n);
		else
			append_escaped(out, character);
		at += n ? n : 1;
	}
	return out->failed ? -ENOMEM : 0;
}

int format_json(const struct sink_record *record, struct buffer *out)
{
	char hash[SHA256_TEXT_SIZE];
	int r;

	if (record->json_size < 2 || record->json[0] != '{' ||
	    record->json[record->json_size - 1] != '}')
		return SINK_NEVER;
	r = format_json_line(out, record->json, record->json_size - 1);
	if (r)
		return r;
	return buffer_printf(out, "%s\"chain\":\"%s\"}", record->json_size > 2 ? "," : "",
			     sha256_format(record->hash, hash));
}
