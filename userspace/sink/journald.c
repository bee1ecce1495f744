// SPDX-License-Identifier: Apache-2.0
/* The system's journal, in its native protocol: a datagram of fields for each event */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/message.h"
#include "event/event.h"
#include "sink/field.h"
#include "sink/format.h"

#define SOCKET "/run/systemd/journal/socket"
#define TEXT_MOST 8192
#define FIELD_MOST 4096

/* Of every kind its message id: bailiwick.catalog says what each means */
#define MESSAGE_ID "b1a17b1c4b0b4e6c9f00000000000%03x"

struct field {
	const char *name;
	const char *path;
};

static const struct field fields[] = {
	{ "BAILIWICK_ID", "id" },
	{ "BAILIWICK_KIND", "kind" },
	{ "BAILIWICK_VERDICT", "verdict" },
	{ "BAILIWICK_OPERATION", "operation" },
	{ "BAILIWICK_ROLE", "role" },
	{ "BAILIWICK_SEVERITY", "severity" },
	{ "BAILIWICK_PATH", "object.path" },
	{ "BAILIWICK_ADDRESS", "object.address" },
	{ "BAILIWICK_CLASS", "object.class" },
	{ "BAILIWICK_USER", "subject.user" },
	{ "BAILIWICK_EXE", "subject.exe" },
	{ "BAILIWICK_RULE", "rule.file" },
};

struct journald {
	struct sockaddr_un address;
	int fd;
	struct buffer out;
};

static int journald_prepare(const struct sink_options *options, void **ret, struct buffer *why)
{
	const char *path = *options->file ? options->file : SOCKET;
	struct journald *journald = calloc(1, sizeof(*journald));

	if (!journald)
		return -ENOMEM;
	if (strlen(path) >= sizeof(journald->address.sun_path)) {
		buffer_printf(why, "%s: too long for a socket", path);
		free(journald);
		return -ENAMETOOLONG;
	}
	journald->address.sun_family = AF_UNIX;
	strcpy(journald->address.sun_path, path);
	journald->fd = -1;
	*ret = journald;
	return 0;
}

static void journald_close(void *destination)
{
	struct journald *journald = destination;

	if (journald->fd >= 0)
		close(journald->fd);
	journald->fd = -1;
}

static int journald_open(void *destination, struct buffer *why)
{
	struct journald *journald = destination;
	int r = 0;

	journald->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (journald->fd < 0 || connect(journald->fd, (struct sockaddr *)&journald->address,
					sizeof(journald->address)) < 0)
		r = -errno;
	if (r < 0) {
		buffer_printf(why, "%s: %s", journald->address.sun_path, strerror(-r));
		journald_close(journald);
	}
	return r;
}

/* A value after its length: no byte in it ends it */
static void add_value(struct buffer *out, const char *name, const char *text, size_t size, size_t most)
{
	struct buffer value = { 0 };
	uint64_t length;

	field_append(&value, text, size, "", most);
	length = htole64(value.size);
	buffer_printf(out, "%s\n", name);
	buffer_append(out, &length, sizeof(length));
	buffer_append(out, value.data ? value.data : "", value.size);
	buffer_append_byte(out, '\n');
	buffer_done(&value);
}

static int priority_of(const struct message *event, const char *kind)
{
	static const int priorities[] = { 4, 3, 2 };
	const char *text = message_string(event, "severity");
	int severity = text ? event_severity_parse(text) : 0;

	return severity <= 0 && strcmp(kind, "denial") ? 5 : priorities[severity < 0 ? 0 : severity];
}

static unsigned int kind_number(const char *kind)
{
	for (unsigned int i = 0; i < EVENT_KIND_COUNT; i++)
		if (strcmp(event_kind_text((enum event_kind)i), kind) == 0)
			return i;
	return EVENT_UNKNOWN;
}

static bool is(const struct message *event, const char *member, const char *text)
{
	const char *value = message_string(event, member);

	return value && strcmp(value, text) == 0;
}

/*
 * journald looks up in /proc who writes to it.  While a class is protected it may not look
 * into Bailiwick's processes: what it is told so would bring the next denial, without end.
 * Another program that came into its unit is told of.
 */
static bool is_an_echo(const struct message *event)
{
	return is(event, "kind", "denial") && is(event, "operation", "ptrace") &&
	       is(event, "subject.unit", "systemd-journald.service") &&
	       (is(event, "subject.exe", "/usr/lib/systemd/systemd-journald") ||
		is(event, "subject.exe", "/lib/systemd/systemd-journald"));
}

static int journald_send(void *destination, const struct sink_record *record, struct buffer *why)
{
	struct journald *journald = destination;
	struct message *event = NULL;
	struct buffer *out = &journald->out;
	char hash[SHA256_TEXT_SIZE];
	const char *kind;

	if (message_parse(record->json, record->json_size, &event) < 0)
		return SINK_NEVER;
	if (is_an_echo(event)) {
		message_free(event);
		return 0;
	}
	kind = message_string(event, "kind") ? message_string(event, "kind") : "unknown";
	buffer_clear(out);
	buffer_printf(out, "PRIORITY=%d\nSYSLOG_IDENTIFIER=bailiwick\nMESSAGE_ID=" MESSAGE_ID
		      "\nBAILIWICK_CHAIN=%s\n", priority_of(event, kind), kind_number(kind),
		      sha256_format(record->hash, hash));
	add_value(out, "MESSAGE", record->text, record->text_size, TEXT_MOST);
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		const char *text = message_string(event, fields[i].path);

		if (text)
			add_value(out, fields[i].name, text, strlen(text), FIELD_MOST);
	}
	message_free(event);
	if (out->failed)
		return -ENOMEM;
	if (send(journald->fd, out->data, out->size, MSG_NOSIGNAL) == (ssize_t)out->size)
		return 0;
	buffer_printf(why, "%s: %s", journald->address.sun_path, strerror(errno));
	return errno == EMSGSIZE ? SINK_NEVER : -errno;
}

/* A datagram is in the receiver's queue when it is sent: there is nothing to wait for */
static int journald_flush(void *destination, struct buffer *why)
{
	(void)destination;
	(void)why;
	return 0;
}

static void journald_free(void *destination)
{
	struct journald *journald = destination;

	journald_close(journald);
	buffer_done(&journald->out);
	free(journald);
}

const struct sink_destination sink_journald = {
	.prepare = journald_prepare,
	.open = journald_open,
	.send = journald_send,
	.flush = journald_flush,
	.close = journald_close,
	.free = journald_free,
};
