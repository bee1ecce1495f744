/* SPDX-License-Identifier: Apache-2.0 */
/* Host names of the policy in force, as `status` shows them */
#include "ctl/names.h"

#include <stdio.h>
#include <string.h>

#include "ctl/field.h"

#define PATH_SIZE 96

/* "record.names.INDEX.KEY" */
static const char *path_of(char path[PATH_SIZE], size_t index, const char *key)
{
	snprintf(path, PATH_SIZE, "record.names.%zu.%s", index, key);
	return path;
}

static void show_addresses(struct buffer *out, const struct message *m, size_t index,
			   const char *key)
{
	char path[PATH_SIZE], element[40];
	size_t count = message_count(m, path_of(path, index, key));

	for (size_t i = 0; i < count; i++) {
		snprintf(element, sizeof(element), "%s.%zu", key, i);
		buffer_append_text(out, i ? ", " : "");
		field_add_text(out, m, path_of(path, index, element));
	}
}

static void show_times(struct buffer *out, const struct message *m, size_t index,
		       const struct style *style)
{
	char path[PATH_SIZE];
	const char *state = message_string(m, path_of(path, index, "state"));
	bool kept = state && !strcmp(state, "kept");

	if (!message_has(m, path_of(path, index, "age"))) {
		buffer_printf(out, "%sno address, it names nobody%s", style->bad, style->off);
		return;
	}
	buffer_printf(out, ", %lld s old, ", (long long)field_number(m, path_of(path, index, "age")));
	if (kept)
		buffer_printf(out, "%skept%s until ", style->warn, style->off);
	else
		buffer_append_text(out, "expires ");
	field_add_text(out, m, path_of(path, index, kept ? "kept_until" : "expires"));
}

/* What DNS says counts as policy: every name with all it stands for now */
static void show_name(struct buffer *out, const struct message *m, size_t index,
		      const struct style *style)
{
	char path[PATH_SIZE];

	field_add_text(out, m, path_of(path, index, "name"));
	buffer_append_text(out, ": ");
	show_addresses(out, m, index, "addresses");
	show_times(out, m, index, style);
	if (message_has(m, path_of(path, index, "problem"))) {
		buffer_append_text(out, " (");
		field_add_text(out, m, path);
		buffer_append_byte(out, ')');
	}
	if (message_count(m, path_of(path, index, "refused"))) {
		buffer_printf(out, "; %snot believed%s: ", style->warn, style->off);
		show_addresses(out, m, index, "refused");
	}
	buffer_append_byte(out, '\n');
}

void names_show(struct buffer *out, const struct message *m, const struct style *style, int indent)
{
	size_t count = message_count(m, "record.names");

	for (size_t i = 0; i < count; i++) {
		if (i)
			buffer_printf(out, "%*s", indent, "");
		show_name(out, m, i, style);
	}
}
