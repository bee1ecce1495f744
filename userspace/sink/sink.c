// SPDX-License-Identifier: Apache-2.0
/* What a destination is: the words of the configuration, and what serves them */
#include "sink/sink.h"

#include <errno.h>
#include <string.h>

#include "base/escape.h"
#include "sink/format.h"

#define X_TEXT(id, text) text,
static const char *const type_texts[] = { SINK_TYPES(X_TEXT) };
static const char *const format_texts[] = { SINK_FORMATS(X_TEXT) };

static const struct sink_destination *const destinations[SINK_TYPE_COUNT] = {
	[SINK_FILE] = &sink_file,
	[SINK_SYSLOG] = &sink_syslog,
	[SINK_RELP] = &sink_relp,
	[SINK_JOURNALD] = &sink_journald,
};

const struct sink_destination *sink_destination_of(enum sink_type type)
{
	return type < SINK_TYPE_COUNT ? destinations[type] : NULL;
}

const char *sink_type_text(enum sink_type type)
{
	return type_texts[type];
}

const char *sink_format_text(enum sink_format format)
{
	return format_texts[format];
}

static int find(const char *const *texts, int count, const char *text)
{
	for (int i = 0; i < count; i++)
		if (strcmp(texts[i], text) == 0)
			return i;
	return -1;
}

int sink_type_parse(const char *text)
{
	return find(type_texts, SINK_TYPE_COUNT, text);
}

int sink_format_parse(const char *text)
{
	return find(format_texts, SINK_FORMAT_COUNT, text);
}

int sink_write(enum sink_format format, const struct sink_record *record, struct buffer *out)
{
	switch (format) {
	case SINK_FORMAT_JSON:
		return format_json(record, out);
	case SINK_FORMAT_OCSF:
		return format_ocsf(record, out);
	case SINK_FORMAT_CEF:
		return format_cef(record, out);
	case SINK_FORMAT_TEXT:
		return escape_display(out, record->text, record->text_size, NULL);
	default:
		return -EINVAL;
	}
}
