// SPDX-License-Identifier: Apache-2.0
/* An event read back from its JSON */
#include "event/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bailiwick/vocab.h>

#include "base/timestamp.h"

#define X_TEXT(id, text) text,

static struct event_bytes bytes_at(const struct message *message, const char *path)
{
	const char *text = message_string(message, path);

	return (struct event_bytes){ .data = text, .size = text ? strlen(text) : 0 };
}

static uint32_t id_at(const struct message *message, const char *path)
{
	int64_t value;

	return message_integer(message, path, &value) ? (uint32_t)value : UINT32_MAX;
}

static uint64_t number_at(const struct message *message, const char *path)
{
	int64_t value;

	return message_integer(message, path, &value) && value > 0 ? (uint64_t)value : 0;
}

/* The fraction stands behind the dot; timestamp_parse() cuts it off */
static uint64_t time_at(const struct message *message, const char *path)
{
	const char *text = message_string(message, path), *dot;
	uint64_t fraction = 0, unit = 100000000;
	int64_t seconds;

	if (!text || timestamp_parse(text, &seconds) < 0)
		return 0;
	dot = strchr(text, '.');
	for (const char *c = dot ? dot + 1 : ""; *c >= '0' && *c <= '9' && unit; c++, unit /= 10)
		fraction += (uint64_t)(*c - '0') * unit;
	return (uint64_t)seconds * 1000000000u + fraction;
}

static enum event_kind kind_of(const char *text)
{
	for (int i = 0; text && i < EVENT_KIND_COUNT; i++)
		if (strcmp(event_kind_text((enum event_kind)i), text) == 0)
			return (enum event_kind)i;
	return EVENT_UNKNOWN;
}

static void read_subject(const struct message *message, struct event_subject *ret)
{
	ret->known = message_has(message, "subject");
	ret->user = message_string(message, "subject.user");
	ret->login_uid = id_at(message, "subject.loginuid");
	ret->uid = id_at(message, "subject.uid");
	ret->gid = id_at(message, "subject.gid");
	ret->pid = id_at(message, "subject.pid");
	ret->tid = id_at(message, "subject.tid");
	ret->comm = bytes_at(message, "subject.comm");
	ret->exe = bytes_at(message, "subject.exe");
	ret->unit = bytes_at(message, "subject.unit");
}

static uint32_t rights_at(const struct message *message)
{
	static const char *const rights[] = { BAILIWICK_RIGHTS(X_TEXT) };
	size_t count = message_count(message, "object.rights");
	uint32_t found = 0;
	char path[40];

	for (size_t i = 0; i < count && i < BAILIWICK_RIGHT_COUNT; i++) {
		const char *text;

		snprintf(path, sizeof(path), "object.rights.%zu", i);
		text = message_string(message, path);
		for (uint32_t right = 0; text && right < BAILIWICK_RIGHT_COUNT; right++)
			if (!strcmp(rights[right], text))
				found |= 1u << right;
	}
	return found;
}

static void read_object(const struct message *message, struct event_object *ret)
{
	static const char *const named[] = { "capability", "privilege", "family", "role",
					     "host" };
	const char *address = message_string(message, "object.address");
	char path[32];

	if (!message_has(message, "object"))
		return;
	if (message_has(message, "object.path")) {
		ret->kind = EVENT_OBJECT_PATH;
		ret->path = bytes_at(message, "object.path");
		ret->path_cut = message_boolean(message, "object.path_cut");
		ret->class_name = message_string(message, "object.class");
		ret->grade = message_string(message, "object.grade");
		ret->rights = rights_at(message);
	} else if (address) {
		ret->kind = EVENT_OBJECT_ADDRESS;
		ret->protocol = message_string(message, "object.proto");
		snprintf(ret->address, sizeof(ret->address), "%s", address);
		ret->port = (uint16_t)number_at(message, "object.port");
		ret->comes = message_boolean(message, "object.comes");
	} else if (message_has(message, "object.subject")) {
		ret->kind = EVENT_OBJECT_GRANT;
		ret->name = bytes_at(message, "object.subject");
		ret->role = message_string(message, "object.role");
		return;
	} else {
		ret->kind = EVENT_OBJECT_NAMED;
	}
	for (size_t i = 0; i < sizeof(named) / sizeof(*named) && !ret->what; i++) {
		snprintf(path, sizeof(path), "object.%s", named[i]);
		if (!message_has(message, path))
			continue;
		ret->what = named[i];
		ret->name = bytes_at(message, path);
	}
}

void event_read(const struct message *message, struct event *ret)
{
	const char *severity = message_string(message, "severity");
	int grade = severity ? event_severity_parse(severity) : 0;

	memset(ret, 0, sizeof(*ret));
	ret->kind = kind_of(message_string(message, "kind"));
	ret->sequence = number_at(message, "seq");
	ret->time = time_at(message, "time");
	ret->host = message_string(message, "host");
	ret->verdict = message_string(message, "verdict");
	ret->operation = message_string(message, "operation");
	ret->role = message_string(message, "role");
	ret->severity = grade < 0 ? 0 : (uint32_t)grade;
	ret->policy_version = number_at(message, "policy_version");
	ret->sealed = message_boolean(message, "sealed");
	ret->count = number_at(message, "count");
	ret->reason = message_string(message, "reason");
	ret->message = message_string(message, "message");
	ret->rule.file = message_string(message, "rule.file");
	ret->rule.line = (uint32_t)number_at(message, "rule.line");
	ret->rule.message = message_string(message, "rule.message");
	ret->rule.reason = message_string(message, "rule.reason");
	read_subject(message, &ret->subject);
	read_object(message, &ret->object);
}

bool event_names_role(const char *roles, const char *role)
{
	size_t size = strlen(role);

	while (*roles) {
		size_t part = strcspn(roles, "+");

		if (part == size && strncmp(roles, role, size) == 0)
			return true;
		roles += part;
		if (*roles == '+')
			roles++;
	}
	return false;
}
