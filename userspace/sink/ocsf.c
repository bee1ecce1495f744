// SPDX-License-Identifier: Apache-2.0
/* The Open Cybersecurity Schema Framework, 1.8.0 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/escape.h"
#include "base/message.h"
#include "event/event.h"
#include "sink/format.h"

#define SCHEMA "1.8.0"
#define TEXT_MOST 4096

enum class {
	FILE_ACTIVITY = 1001,
	PROCESS_ACTIVITY = 1007,
	USER_ACCESS = 3005,
	DETECTION_FINDING = 2004,
	NETWORK_ACTIVITY = 4001,
	CONFIG_STATE = 5019,
};

#define OTHER 99

struct word {
	const char *text;
	int number;
};

static const struct word file_activities[] = {
	{ "create", 1 }, { "read", 2 }, { "write", 3 }, { "append", 3 }, { "delete", 4 },
	{ "rename", 5 }, { "setattr", 6 }, { "xattr", 6 }, { "stat", 8 }, { "mount", 12 }, { NULL, OTHER },
};

static const struct word network_activities[] = {
	{ "net-connect", 1 }, { "net-accept", 1 }, { "net-send", 6 }, { "net-receive", 6 },
	{ "net-listen", 7 }, { "net-bind", 7 }, { NULL, OTHER },
};

static const struct word access_activities[] = {
	{ "assigned", 1 }, { "revoked", 2 }, { "expired", 2 }, { "quarantined", 2 },
	{ "released", 1 }, { NULL, OTHER },
};

static const struct word process_activities[] = {
	{ "ptrace", 3 }, { "transition", 1 }, { NULL, OTHER },
};

static int number_of(const struct word *words, const char *text)
{
	while (words->text && (!text || strcmp(words->text, text)))
		words++;
	return words->number;
}

static bool is(const char *text, const char *word)
{
	return text && strcmp(text, word) == 0;
}

static enum class class_of(const struct message *event, const char *kind)
{
	if (!is(kind, "denial")) {
		if (is(kind, "assigned") || is(kind, "revoked") || is(kind, "expired") ||
		    is(kind, "quarantined") || is(kind, "released"))
			return USER_ACCESS;
		if (is(kind, "lost") || is(kind, "unknown") || is(kind, "journal") || is(kind, "finding") ||
		    is(kind, "access-refused"))
			return DETECTION_FINDING;
		return CONFIG_STATE;
	}
	if (message_string(event, "object.address"))
		return NETWORK_ACTIVITY;
	return message_string(event, "object.path") ? FILE_ACTIVITY : PROCESS_ACTIVITY;
}

static int activity_of(enum class class, const char *kind, const char *operation)
{
	switch (class) {
	case FILE_ACTIVITY:
		return number_of(file_activities, operation);
	case NETWORK_ACTIVITY:
		return number_of(network_activities, operation);
	case PROCESS_ACTIVITY:
		return number_of(process_activities, operation);
	case USER_ACCESS:
		return number_of(access_activities, kind);
	default:
		return 1;		/* a finding is created; a state is told by a log */
	}
}

/* --- writing ------------------------------------------------------------------ */

static void key(struct buffer *out, const char *name)
{
	char last = out->data[out->size - 1];

	buffer_printf(out, "%s\"%s\":", last == '{' || last == '[' ? "" : ",", name);
}

static void text(struct buffer *out, const char *name, const char *value)
{
	size_t size = value ? strnlen(value, TEXT_MOST) : 0;

	if (!value)
		return;
	key(out, name);
	escape_json(out, value, size);
}

static void number(struct buffer *out, const char *name, int64_t value)
{
	key(out, name);
	buffer_printf(out, "%" PRId64, value);
}

static void open_object(struct buffer *out, const char *name)
{
	key(out, name);
	buffer_append_byte(out, '{');
}

static void close_object(struct buffer *out)
{
	buffer_append_byte(out, '}');
}

/* A file object: name and path of it */
static void write_file(struct buffer *out, const char *name, const char *path)
{
	const char *slash = strrchr(path, '/');

	open_object(out, name);
	text(out, "name", slash && slash[1] ? slash + 1 : path);
	text(out, "path", path);
	number(out, "type_id", 0);
	close_object(out);
}

static void write_process(const struct message *event, struct buffer *out)
{
	int64_t pid;

	open_object(out, "process");
	if (message_integer(event, "subject.pid", &pid))
		number(out, "pid", pid);
	else
		text(out, "uid", "unknown");	/* the schema wants one of the two */
	text(out, "name", message_string(event, "subject.comm") ? message_string(event, "subject.comm") :
	     "unknown");
	if (message_string(event, "subject.exe"))
		write_file(out, "file", message_string(event, "subject.exe"));
	close_object(out);
}

static void write_user(struct buffer *out, const char *name, const char *user, int64_t uid, bool known)
{
	char digits[24];

	open_object(out, name);
	text(out, "name", user ? user : "unknown");
	if (known) {
		snprintf(digits, sizeof(digits), "%" PRId64, uid);
		text(out, "uid", digits);
	}
	close_object(out);
}

static void write_actor(const struct message *event, struct buffer *out)
{
	const char *user = message_string(event, "subject.user");
	int64_t uid = 0;
	bool known = message_integer(event, "subject.loginuid", &uid) ||
		     message_integer(event, "subject.uid", &uid);

	open_object(out, "actor");
	if (message_has(event, "subject"))
		write_process(event, out);
	if (user || known)
		write_user(out, "user", user, uid, known);
	if (!message_has(event, "subject"))
		text(out, "app_name", "bailiwickd");
	close_object(out);
}

static void write_metadata(const struct message *event, struct buffer *out)
{
	int64_t sequence;

	open_object(out, "metadata");
	text(out, "version", SCHEMA);
	text(out, "uid", message_string(event, "id"));
	text(out, "event_code", message_string(event, "kind"));
	if (message_integer(event, "seq", &sequence))
		number(out, "sequence", sequence);
	key(out, "profiles");
	buffer_append_text(out, "[\"security_control\",\"host\"]");
	open_object(out, "product");
	text(out, "name", "Bailiwick");
	text(out, "vendor_name", "Bailiwick");
	text(out, "version", BAILIWICK_VERSION);
	close_object(out);
	close_object(out);
}

/* Ordinary, serious, special; what is no denial and no finding is information */
static int severity_of(const struct message *event, enum class class)
{
	static const int severities[] = { 3, 4, 5 };
	const char *word = message_string(event, "severity");
	int severity = word ? event_severity_parse(word) : 0;

	if (severity <= 0 && (class == USER_ACCESS || class == CONFIG_STATE))
		return 1;
	return severities[severity < 0 ? 0 : severity];
}

/* Denied and blocked; let through and told */
static void write_verdict(const struct message *event, struct buffer *out)
{
	const char *verdict = message_string(event, "verdict");

	if (is(verdict, "denied")) {
		number(out, "action_id", 2);
		number(out, "disposition_id", 2);
	} else if (verdict) {
		number(out, "action_id", 3);
		number(out, "disposition_id", 17);
	}
}

static void write_policy(const struct message *event, struct buffer *out)
{
	char version[24];
	int64_t value;

	if (!message_string(event, "rule.file") && !message_string(event, "role"))
		return;
	open_object(out, "policy");
	text(out, "name", message_string(event, "rule.file") ? message_string(event, "rule.file") :
	     message_string(event, "role"));
	if (message_integer(event, "policy_version", &value)) {
		snprintf(version, sizeof(version), "%" PRId64, value);
		text(out, "version", version);
	}
	close_object(out);
}

static void write_network(const struct message *event, struct buffer *out)
{
	const char *operation = message_string(event, "operation");
	bool own = is(operation, "net-bind") || is(operation, "net-listen");
	int64_t port;

	open_object(out, own ? "src_endpoint" : "dst_endpoint");
	text(out, "ip", message_string(event, "object.address"));
	if (message_integer(event, "object.port", &port))
		number(out, "port", port);
	close_object(out);
	open_object(out, "connection_info");
	number(out, "direction_id", own || is(operation, "net-accept") || is(operation, "net-receive") ?
	       1 : 2);
	text(out, "protocol_name", message_string(event, "object.proto"));
	close_object(out);
}

static void write_access(const struct message *event, struct buffer *out)
{
	const char *role = message_string(event, "object.role");

	key(out, "privileges");
	buffer_append_byte(out, '[');
	escape_json(out, role ? role : "every role", strlen(role ? role : "every role"));
	buffer_append_byte(out, ']');
	write_user(out, "user", message_string(event, "object.subject"), 0, false);
}

static void write_finding(const struct message *event, const char *kind, struct buffer *out)
{
	open_object(out, "finding_info");
	text(out, "title", kind);
	text(out, "uid", message_string(event, "id") ? message_string(event, "id") : "unknown");
	text(out, "desc", message_string(event, "message"));
	close_object(out);
}

/* What the schema has no place for: under our own names */
static void write_rest(const struct message *event, const struct sink_record *record, struct buffer *out)
{
	static const char *const words[] = { "role", "operation", "verdict", "reason" };
	char hash[SHA256_TEXT_SIZE];
	int64_t line;

	open_object(out, "unmapped");
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		text(out, words[i], message_string(event, words[i]));
	text(out, "class", message_string(event, "object.class"));
	text(out, "grade", message_string(event, "object.grade"));
	text(out, "unit", message_string(event, "subject.unit"));
	if (message_integer(event, "rule.line", &line))
		number(out, "rule_line", line);
	text(out, "chain", sha256_format(record->hash, hash));
	close_object(out);
}

static void write_event(const struct message *event, const char *kind, const struct sink_record *record,
			struct buffer *out)
{
	enum class class = class_of(event, kind);
	int activity = activity_of(class, kind, message_string(event, "operation"));
	int64_t count;

	buffer_append_byte(out, '{');
	number(out, "class_uid", class);
	number(out, "category_uid", class / 1000);
	number(out, "activity_id", activity);
	if (activity == OTHER)
		text(out, "activity_name", message_string(event, "operation") ?
		     message_string(event, "operation") : kind);
	number(out, "type_uid", (int64_t)class * 100 + activity);
	number(out, "severity_id", severity_of(event, class));
	number(out, "time", (int64_t)(record->time / 1000000));
	if (message_integer(event, "count", &count) && count > 0)
		number(out, "count", count);
	text(out, "message", message_string(event, "message"));
	write_metadata(event, out);
	open_object(out, "device");
	text(out, "hostname", message_string(event, "host") ? message_string(event, "host") : "unknown");
	number(out, "type_id", 1);
	close_object(out);
	write_actor(event, out);
	write_verdict(event, out);
	write_policy(event, out);
	if (class == FILE_ACTIVITY)
		write_file(out, "file", message_string(event, "object.path"));
	if (class == NETWORK_ACTIVITY)
		write_network(event, out);
	if (class == PROCESS_ACTIVITY)
		write_process(event, out);
	if (class == USER_ACCESS)
		write_access(event, out);
	if (class == DETECTION_FINDING)
		write_finding(event, kind, out);
	write_rest(event, record, out);
	close_object(out);
}

int format_ocsf(const struct sink_record *record, struct buffer *out)
{
	struct message *event = NULL;
	struct buffer json = { 0 };
	const char *kind;
	int r;

	if (message_parse(record->json, record->json_size, &event) < 0)
		return SINK_NEVER;
	kind = message_string(event, "kind");
	if (!kind) {
		message_free(event);
		return SINK_NEVER;
	}
	if (buffer_append_text(&json, "") == 0)
		write_event(event, kind, record, &json);
	message_free(event);
	r = json.failed ? -ENOMEM : format_json_line(out, json.data, json.size);
	buffer_done(&json);
	return r;
}
