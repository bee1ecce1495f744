// SPDX-License-Identifier: Apache-2.0
/* One event as people and programs outside see it, and its JSON */
#include "event/event.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <bailiwick/vocab.h>

#include "base/escape.h"
#include "base/timestamp.h"
#include "base/utf8.h"

#define ID_DIGITS 8		/* of the journal's identity, in an event's id */
#define X_TEXT(id, text) text,

static const char *const kind_texts[] = { EVENT_KINDS(X_TEXT) };
static const char *const severity_texts[] = { BAILIWICK_SEVERITIES(X_TEXT) };
static const char *const right_texts[] = { BAILIWICK_RIGHTS(X_TEXT) };

const char *event_kind_text(enum event_kind kind)
{
	return kind < EVENT_KIND_COUNT ? kind_texts[kind] : "unknown";
}

const char *event_severity_text(uint32_t severity)
{
	return severity < BAILIWICK_SEVERITY_COUNT ? severity_texts[severity] : "ordinary";
}

int event_severity_parse(const char *text)
{
	for (int i = 0; i < BAILIWICK_SEVERITY_COUNT; i++)
		if (strcmp(severity_texts[i], text) == 0)
			return i;
	return -1;
}

/* "2026-03-01T10:20:30.123456789Z": the nanoseconds stand before the last byte */
static void format_time(uint64_t time, char text[TIMESTAMP_TEXT_MAX + 12])
{
	size_t length;

	timestamp_format((int64_t)(time / 1000000000u), text);
	length = strlen(text);
	snprintf(text + length - 1, 12, ".%09uZ", (unsigned int)(time % 1000000000u));
}

/* --- JSON ----------------------------------------------------------------- */

static void key(struct buffer *out, const char *name)
{
	if (out->size && out->data[out->size - 1] != '{')
		buffer_append_byte(out, ',');
	buffer_append_byte(out, '"');
	buffer_append_text(out, name);
	buffer_append(out, "\":", 2);
}

static void member_text(struct buffer *out, const char *name, const char *text)
{
	key(out, name);
	if (text)
		escape_json(out, text, strlen(text));
	else
		buffer_append_text(out, "null");
}

static void member_bytes(struct buffer *out, const char *name, const struct event_bytes *bytes)
{
	key(out, name);
	if (bytes->data)
		escape_json(out, bytes->data, bytes->size);
	else
		buffer_append_text(out, "null");
}

static void member_number(struct buffer *out, const char *name, uint64_t number)
{
	key(out, name);
	buffer_printf(out, "%" PRIu64, number);
}

static void member_id(struct buffer *out, const char *name, uint32_t id)
{
	if (id != UINT32_MAX) {
		member_number(out, name, id);
		return;
	}
	key(out, name);
	buffer_append_text(out, "null");
}

static void member_boolean(struct buffer *out, const char *name, bool value)
{
	key(out, name);
	buffer_append_text(out, value ? "true" : "false");
}

static void write_subject(struct buffer *out, const struct event_subject *subject)
{
	key(out, "subject");
	if (!subject->known) {
		buffer_append_text(out, "null");
		return;
	}
	buffer_append_byte(out, '{');
	member_text(out, "user", subject->user);
	member_id(out, "loginuid", subject->login_uid);
	member_id(out, "uid", subject->uid);
	member_id(out, "gid", subject->gid);
	member_id(out, "pid", subject->pid);
	member_id(out, "tid", subject->tid);
	member_bytes(out, "comm", &subject->comm);
	member_bytes(out, "exe", &subject->exe);
	member_bytes(out, "unit", &subject->unit);
	buffer_append_byte(out, '}');
}

static void write_rights(struct buffer *out, uint32_t rights)
{
	bool first = true;

	key(out, "rights");
	buffer_append_byte(out, '[');
	for (uint32_t i = 0; i < BAILIWICK_RIGHT_COUNT; i++) {
		if (!(rights >> i & 1))
			continue;
		buffer_printf(out, "%s\"%s\"", first ? "" : ",", right_texts[i]);
		first = false;
	}
	buffer_append_byte(out, ']');
}

static void write_path(struct buffer *out, const struct event_object *object)
{
	const struct event_bytes *path = &object->path;

	member_bytes(out, "path", path);
	/* JSON cannot carry other bytes: the exact ones stand beside */
	if (path->data && utf8_valid_prefix(path->data, path->size) != path->size) {
		key(out, "path_escaped");
		buffer_append_byte(out, '"');
		for (size_t i = 0; i < path->size; i++)
			buffer_printf(out, "%%%02x", (unsigned char)path->data[i]);
		buffer_append_byte(out, '"');
	}
	if (object->path_cut)
		member_boolean(out, "path_cut", true);
	member_text(out, "class", object->class_name);
	member_text(out, "grade", object->grade);
	if (object->rights)
		write_rights(out, object->rights);
}

static void write_object(struct buffer *out, const struct event_object *object)
{
	key(out, "object");
	if (object->kind == EVENT_OBJECT_NONE) {
		buffer_append_text(out, "null");
		return;
	}
	buffer_append_byte(out, '{');
	switch (object->kind) {
	case EVENT_OBJECT_PATH:
		write_path(out, object);
		break;
	case EVENT_OBJECT_ADDRESS:
		member_text(out, "proto", object->protocol);
		member_text(out, "address", object->address);
		member_number(out, "port", object->port);
		if (object->comes)
			member_boolean(out, "comes", true);
		break;
	case EVENT_OBJECT_GRANT:
		member_bytes(out, "subject", &object->name);
		member_text(out, "role", object->role);
		break;
	default:
		break;
	}
	if (object->what && object->kind != EVENT_OBJECT_GRANT)
		member_bytes(out, object->what, &object->name);
	buffer_append_byte(out, '}');
}

static void write_rule(struct buffer *out, const struct event_rule *rule)
{
	key(out, "rule");
	if (!rule->file) {
		buffer_append_text(out, "null");
		return;
	}
	buffer_append_byte(out, '{');
	member_text(out, "file", rule->file);
	member_number(out, "line", rule->line);
	if (rule->message)
		member_text(out, "message", rule->message);
	if (rule->reason)
		member_text(out, "reason", rule->reason);
	buffer_append_byte(out, '}');
}

static void write_list(struct buffer *out, const struct event *event)
{
	key(out, "list");
	buffer_append_byte(out, '[');
	for (size_t i = 0; i < event->list_count; i++) {
		buffer_append_text(out, i ? ",{" : "{");
		member_text(out, "operation", event->list[i].operation);
		member_text(out, "object", event->list[i].object);
		member_number(out, "count", event->list[i].count);
		buffer_append_byte(out, '}');
	}
	buffer_append_byte(out, ']');
}

int event_write_json(const struct event *event, struct buffer *out)
{
	char time[TIMESTAMP_TEXT_MAX + 12];

	format_time(event->time, time);
	buffer_append_byte(out, '{');
	key(out, "id");
	buffer_printf(out, "\"%.*s-%" PRIu64 "\"", ID_DIGITS, event->journal ? event->journal : "",
		      event->sequence);
	member_number(out, "seq", event->sequence);
	member_text(out, "time", time);
	member_text(out, "host", event->host);
	member_text(out, "kind", event_kind_text(event->kind));
	member_text(out, "verdict", event->verdict);
	member_text(out, "operation", event->operation);
	member_text(out, "role", event->role);
	write_subject(out, &event->subject);
	write_object(out, &event->object);
	write_rule(out, &event->rule);
	member_text(out, "severity", event_severity_text(event->severity));
	member_number(out, "policy_version", event->policy_version);
	member_boolean(out, "sealed", event->sealed);
	member_number(out, "count", event->count);
	member_text(out, "reason", event->reason);
	member_text(out, "message", event->message);
	if (event->list_count)
		write_list(out, event);
	return buffer_append_byte(out, '}');
}
