// SPDX-License-Identifier: Apache-2.0
/* ArcSight's Common Event Format, version 0 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/message.h"
#include "event/event.h"
#include "sink/field.h"
#include "sink/format.h"

#define HEADER_MOST 512
#define VALUE_MOST 1023		/* of a field of text */
#define IN_HEADER "\\|"
#define IN_VALUE "\\="

/* Event member → CEF key; one that is not there is left out */
struct pair {
	const char *key;
	const char *path;
};

static const struct pair texts[] = {
	{ "externalId", "id" },
	{ "act", "verdict" },
	{ "dvchost", "host" },
	{ "suser", "subject.user" },
	{ "sproc", "subject.exe" },
	{ "filePath", "object.path" },
	{ "dst", "object.address" },
	{ "proto", "object.proto" },
	{ "reason", "reason" },
	{ "msg", "message" },
};

static const struct pair numbers[] = {
	{ "suid", "subject.uid" },
	{ "spid", "subject.pid" },
	{ "dpt", "object.port" },
	{ "cnt", "count" },
};

/* CEF's own strings, each with a label */
static const struct pair customs[] = {
	{ "role", "role" },
	{ "operation", "operation" },
	{ "class", "object.class" },
	{ "ruleFile", "rule.file" },
	{ "unit", "subject.unit" },
};

static void add(struct buffer *out, const char *key, const char *text)
{
	buffer_printf(out, " %s=", key);
	field_append(out, text, strlen(text), IN_VALUE, VALUE_MOST);
}

static void write_extension(const struct message *event, const struct sink_record *record,
			    struct buffer *out)
{
	char hash[SHA256_TEXT_SIZE];
	int64_t number;

	buffer_printf(out, "rt=%" PRIu64, record->time / 1000000);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (message_string(event, texts[i].path))
			add(out, texts[i].key, message_string(event, texts[i].path));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (message_integer(event, numbers[i].path, &number))
			buffer_printf(out, " %s=%" PRId64, numbers[i].key, number);
	for (size_t i = 0; i < sizeof(customs) / sizeof(*customs); i++) {
		const char *text = message_string(event, customs[i].path);
		char key[8];

		if (!text)
			continue;
		snprintf(key, sizeof(key), "cs%zu", i + 1);
		buffer_printf(out, " %sLabel=%s", key, customs[i].key);
		add(out, key, text);
	}
	if (message_integer(event, "rule.line", &number))
		buffer_printf(out, " cn1Label=ruleLine cn1=%" PRId64, number);
	buffer_printf(out, " cs6Label=chain cs6=%s", sha256_format(record->hash, hash));
}

/* 0 to 10; of what is no denial the grade says less */
static int severity_of(const struct message *event, const char *kind)
{
	const char *text = message_string(event, "severity");
	int severity = text ? event_severity_parse(text) : -1;

	if (severity <= 0)
		return strcmp(kind, "denial") == 0 ? 5 : 3;
	return severity == 1 ? 8 : 10;
}

int format_cef(const struct sink_record *record, struct buffer *out)
{
	struct message *event = NULL;
	const char *kind, *operation;

	if (message_parse(record->json, record->json_size, &event) < 0)
		return SINK_NEVER;
	kind = message_string(event, "kind");
	if (!kind) {
		message_free(event);
		return SINK_NEVER;
	}
	operation = message_string(event, "operation");
	buffer_append_text(out, "CEF:0|Bailiwick|bailiwick|" BAILIWICK_VERSION "|");
	field_append(out, kind, strlen(kind), IN_HEADER, HEADER_MOST);
	buffer_append_byte(out, '|');
	field_append(out, kind, strlen(kind), IN_HEADER, HEADER_MOST);
	if (operation) {
		buffer_append_byte(out, ' ');
		field_append(out, operation, strlen(operation), IN_HEADER, HEADER_MOST);
	}
	buffer_printf(out, "|%d|", severity_of(event, kind));
	write_extension(event, record, out);
	message_free(event);
	return out->failed ? -ENOMEM : 0;
}
