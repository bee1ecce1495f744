/* SPDX-License-Identifier: Apache-2.0 */
/* Members of the controller's answers, as text for people */
#include "ctl/field.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/escape.h"
#include "base/timestamp.h"
#include "ctl/output.h"

int64_t field_number(const struct message *message, const char *path)
{
	int64_t value;

	return message_integer(message, path, &value) ? value : 0;
}

void field_add_text(struct buffer *out, const struct message *message, const char *path)
{
	buffer_add_shown(out, message_string(message, path));
}

void field_add_time(struct buffer *out, const struct message *message, const char *path)
{
	char text[TIMESTAMP_TEXT_MAX];
	int64_t seconds;

	if (message_integer(message, path, &seconds))
		buffer_append_text(out, timestamp_format(seconds, text));
	else
		field_add_text(out, message, path);
}

void field_add_json(struct buffer *out, const struct message *message, const char *path)
{
	_cleanup_free_ char *json = message_json(message, path);

	buffer_append_text(out, json ? json : "null");
}

void field_print_lines(const struct message *message, const char *path)
{
	const char *at = message_string(message, path);
	struct buffer out = { 0 };

	while (at && *at) {
		size_t size = strcspn(at, "\n");

		escape_display(&out, at, size, NULL);
		buffer_append_byte(&out, '\n');
		at += size + (at[size] == '\n');
	}
	if (!out.failed && out.size)
		fwrite(out.data, 1, out.size, stderr);
	buffer_done(&out);
}
