// SPDX-License-Identifier: Apache-2.0
/* Prometheus' text format: families of numbers, each with what it means */
#include "metrics/exposition.h"

#include <inttypes.h>
#include <string.h>

#include "base/escape.h"

static const char *const types[] = {
	[EXPOSITION_COUNTER] = "counter",
	[EXPOSITION_GAUGE] = "gauge",
};

/* The three bytes that mean something inside quotes, or behind HELP */
static void quote(struct buffer *out, const char *text, size_t size, bool quotes)
{
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\\')
			buffer_append_text(out, "\\\\");
		else if (text[i] == '\n')
			buffer_append_text(out, "\\n");
		else if (text[i] == '"' && quotes)
			buffer_append_text(out, "\\\"");
		else
			buffer_append_byte(out, text[i]);
	}
}

void exposition_family(struct buffer *out, const char *name, enum exposition_type type,
		       const char *help)
{
	buffer_printf(out, "# HELP %s ", name);
	quote(out, help, strlen(help), false);
	buffer_printf(out, "\n# TYPE %s %s\n", name, types[type]);
}

static void add_label(struct buffer *out, const struct exposition_label *label)
{
	const char *value = label->value ? label->value : "";
	struct buffer shown = { 0 };

	escape_display(&shown, value, strlen(value), NULL);
	if (shown.failed)
		out->failed = true;
	buffer_printf(out, "%s=\"", label->name);
	quote(out, shown.data ? shown.data : "", shown.size, true);
	buffer_append_byte(out, '"');
	buffer_done(&shown);
}

void exposition_number(struct buffer *out, const char *name, const struct exposition_label *labels,
		       uint64_t value)
{
	buffer_append_text(out, name);
	for (size_t i = 0; labels && i < EXPOSITION_LABELS && labels[i].name; i++) {
		buffer_append_byte(out, i ? ',' : '{');
		add_label(out, labels + i);
	}
	if (labels && labels->name)
		buffer_append_byte(out, '}');
	buffer_printf(out, " %" PRIu64 "\n", value);
}
