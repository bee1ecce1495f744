// SPDX-License-Identifier: Apache-2.0
/* A syslog message as RFC 5424 wants it, around any of the formats */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/message.h"
#include "base/timestamp.h"
#include "event/event.h"
#include "sink/field.h"
#include "sink/format.h"

#define FACILITY 10		/* authpriv: security messages not for everybody */
#define HOST_MOST 255
#define PARAMETER_MOST 255
#define TEXT_MOST 6000		/* with the rest within 8 KiB, which receivers take by default */
/* The number that RFC 5612 keeps for documentation: Bailiwick has none of its own */
#define ELEMENT "bailiwick@32473"

static int severity_of(const struct message *event)
{
	static const int severities[] = { 4, 3, 2 };	/* warning, error, critical */
	const char *kind = message_string(event, "kind");
	const char *text = message_string(event, "severity");
	int severity = text ? event_severity_parse(text) : -1;

	if (severity <= 0 && (!kind || strcmp(kind, "denial")))
		return 5;				/* notice */
	return severities[severity < 0 ? 0 : severity];
}

/* A word of the header: printable ASCII without blanks, "-" for none */
static void add_word(struct buffer *out, const char *text, size_t most)
{
	size_t before = out->size;

	for (size_t i = 0; text && text[i] && out->size - before < most; i++)
		buffer_append_byte(out, text[i] > ' ' && text[i] < 127 ? text[i] : '_');
	if (out->size == before)
		buffer_append_byte(out, '-');
}

static void add_parameter(struct buffer *out, const char *name, const char *text)
{
	if (!text)
		return;
	buffer_printf(out, " %s=\"", name);
	field_append(out, text, strlen(text), "\"\\]", PARAMETER_MOST);
	buffer_append_byte(out, '"');
}

static void write_header(const struct message *event, const struct sink_record *record,
			 struct buffer *out)
{
	char time[TIMESTAMP_TEXT_MAX], hash[SHA256_TEXT_SIZE];
	int64_t count;

	buffer_printf(out, "<%d>1 %s ", FACILITY * 8 + severity_of(event),
		      timestamp_format_ns(record->time, time));
	add_word(out, message_string(event, "host"), HOST_MOST);
	buffer_append_text(out, " bailiwick - ");
	add_word(out, message_string(event, "kind"), 32);
	buffer_append_text(out, " [" ELEMENT);
	add_parameter(out, "id", message_string(event, "id"));
	add_parameter(out, "severity", message_string(event, "severity"));
	add_parameter(out, "verdict", message_string(event, "verdict"));
	add_parameter(out, "operation", message_string(event, "operation"));
	add_parameter(out, "role", message_string(event, "role"));
	if (message_integer(event, "count", &count))
		buffer_printf(out, " count=\"%" PRId64 "\"", count);
	buffer_printf(out, " chain=\"%s\"] ", sha256_format(record->hash, hash));
}

int format_rfc5424(enum sink_format format, const struct sink_record *record, struct buffer *out)
{
	struct message *event = NULL;
	int r;

	if (message_parse(record->json, record->json_size, &event) < 0)
		return SINK_NEVER;
	write_header(event, record, out);
	message_free(event);
	if (format == SINK_FORMAT_TEXT)
		r = field_append(out, record->text, record->text_size, "", TEXT_MOST);
	else
		r = sink_write(format, record, out);
	return r ? r : out->failed ? -ENOMEM : 0;
}
