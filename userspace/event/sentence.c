// SPDX-License-Identifier: Apache-2.0
/* One event as a sentence: who tried what, and why it was refused */
#include "event/sentence.h"

#include <inttypes.h>
#include <string.h>

#include <bailiwick/vocab.h>

#include "base/escape.h"
#include "base/timestamp.h"

#define X_TEXT(id, text) text,

static const char *const operation_texts[] = { BAILIWICK_OPERATIONS(X_TEXT) };
static const char *const reason_texts[] = { BAILIWICK_REASONS(X_TEXT) };
static const char *const right_texts[] = { BAILIWICK_RIGHTS(X_TEXT) };

/* "tried to …"; @before stands in front of the object where there is one */
static const struct {
	const char *verb;
	const char *before;
} operations[BAILIWICK_OP_COUNT] = {
	[BAILIWICK_OP_READ] = { "read", "" },
	[BAILIWICK_OP_WRITE] = { "write", "to " },
	[BAILIWICK_OP_APPEND] = { "append", "to " },
	[BAILIWICK_OP_EXEC] = { "run", "" },
	[BAILIWICK_OP_MAP_EXEC] = { "load program code", "from " },
	[BAILIWICK_OP_CREATE] = { "create", "" },
	[BAILIWICK_OP_DELETE] = { "delete", "" },
	[BAILIWICK_OP_RENAME] = { "rename", "" },
	[BAILIWICK_OP_LINK] = { "make a second name", "for " },
	[BAILIWICK_OP_SETATTR] = { "change mode, owner or times", "of " },
	[BAILIWICK_OP_XATTR] = { "use extended attributes or access lists", "of " },
	[BAILIWICK_OP_IOCTL] = { "give a device command (ioctl)", "to " },
	[BAILIWICK_OP_LOCK] = { "lock", "" },
	[BAILIWICK_OP_LIST] = { "list the directory", "" },
	[BAILIWICK_OP_STAT] = { "see size, owner and times", "of " },
	[BAILIWICK_OP_MOUNT] = { "mount or unmount", "at " },
	[BAILIWICK_OP_UNIX_CONNECT] = { "connect", "to the local socket " },
	[BAILIWICK_OP_NET_CONNECT] = { "connect", "to " },
	[BAILIWICK_OP_NET_BIND] = { "take the local address", "" },
	[BAILIWICK_OP_NET_LISTEN] = { "listen", "on " },
	[BAILIWICK_OP_NET_ACCEPT] = { "accept a connection", "on " },
	[BAILIWICK_OP_NET_SEND] = { "send", "to " },
	[BAILIWICK_OP_NET_RECEIVE] = { "receive", "from " },
	[BAILIWICK_OP_SOCKET] = { "open a socket", "of family " },
	[BAILIWICK_OP_CAPABILITY] = { "use the capability", "" },
	[BAILIWICK_OP_PRIVILEGE] = { "use the privilege", "" },
	[BAILIWICK_OP_TRANSITION] = { "start a process in a control group of its choice", "" },
	[BAILIWICK_OP_DESCRIPTOR] = { "take over an open descriptor", "of " },
	[BAILIWICK_OP_PTRACE] = { "trace or look into a process", "" },
	[BAILIWICK_OP_SIGNAL] = { "send a signal to a process", "" },
	[BAILIWICK_OP_LIMIT] = { "change the limits or the priority of a process", "" },
};

static const char *const reasons[BAILIWICK_REASON_COUNT] = {
	[BAILIWICK_REASON_NONE] = "",
	[BAILIWICK_REASON_POLICY] = "",
	[BAILIWICK_REASON_PROTECTED] = "the class is protected: closed to whoever is not granted it",
	[BAILIWICK_REASON_TOO_DEEP] = "its path has too many parts to be told",
	[BAILIWICK_REASON_BAD_NAME] = "a name in its path cannot be read",
	[BAILIWICK_REASON_NO_MOUNT] = "no mount of this machine gives it a path",
	[BAILIWICK_REASON_UNTRUSTED] = "its filesystem was mounted in a user namespace",
	[BAILIWICK_REASON_BUSY] = "the kernel's programs had no room left to tell what it is",
	[BAILIWICK_REASON_FAMILY] = "the role does not name this address family",
	[BAILIWICK_REASON_ADDRESS] = "the address cannot be read",
	[BAILIWICK_REASON_NO_MEMORY] = "the kernel had no memory to keep the role",
	[BAILIWICK_REASON_BAD_IMAGE] = "the policy in the kernel contradicts itself",
	[BAILIWICK_REASON_QUARANTINE] = "the program is in quarantine: nobody runs it",
	[BAILIWICK_REASON_IN_QUARANTINE] = "the subject is in quarantine: it has no rights",
	[BAILIWICK_REASON_OLD_DESCRIPTOR] = "too many descriptors are open to check them all",
	[BAILIWICK_REASON_OTHER_NAME] = "the file has another hard link, by which it is closed",
	[BAILIWICK_REASON_NAMES_UNKNOWN] = "the file has other hard links, which are not known",
};

static uint32_t find(const char *const *texts, uint32_t count, const char *text)
{
	uint32_t i = 0;

	while (i < count && (!text || strcmp(texts[i], text)))
		i++;
	return i;
}

static uint32_t find_operation(const char *text)
{
	return find(operation_texts, BAILIWICK_OP_COUNT, text);
}

const char *event_operation_words(const char *operation)
{
	uint32_t i = find_operation(operation);

	return i < BAILIWICK_OP_COUNT ? operations[i].verb : NULL;
}

const char *event_reason_words(const char *reason)
{
	uint32_t i = find(reason_texts, BAILIWICK_REASON_COUNT, reason);

	return i < BAILIWICK_REASON_COUNT ? reasons[i] : NULL;
}

/* --- names ---------------------------------------------------------------- */

/* A name that could be read as a part of the sentence stands in quotes */
static bool is_plain(const struct event_bytes *bytes)
{
	for (size_t i = 0; i < bytes->size; i++)
		if (strchr(" \t\"'();[]", bytes->data[i]))
			return false;
	return bytes->size;
}

static void show(struct buffer *out, const struct event_bytes *bytes)
{
	bool plain = is_plain(bytes);

	if (!plain)
		buffer_append_byte(out, '"');
	for (size_t at = 0, next; at < bytes->size; at = next) {
		const char *quote = plain ? NULL : memchr(bytes->data + at, '"', bytes->size - at);

		next = quote ? (size_t)(quote - bytes->data) : bytes->size;
		escape_display(out, bytes->data + at, next - at, NULL);
		if (quote) {
			buffer_append_text(out, "\\\"");
			next++;
		}
	}
	if (!plain)
		buffer_append_byte(out, '"');
}

static void show_name(struct buffer *out, const char *text)
{
	show(out, &(struct event_bytes){ text, strlen(text) });
}

/* Words of the product or of the policy's author: not quoted */
static void show_words(struct buffer *out, const char *before, const char *words)
{
	if (!words || !*words)
		return;
	buffer_append_text(out, before);
	escape_display(out, words, strlen(words), NULL);
}

/* --- who -------------------------------------------------------------------- */

static void show_uid(struct buffer *out, uint32_t uid)
{
	if (uid)
		buffer_printf(out, "uid %" PRIu32, uid);
	else
		buffer_append_text(out, "root");
}

static void show_person(struct buffer *out, const struct event_subject *subject)
{
	bool logged_in = subject->login_uid != UINT32_MAX;

	if (!logged_in && subject->unit.size)
		show(out, &subject->unit);
	else if (subject->user)
		show_name(out, subject->user);
	else if (logged_in || subject->uid != UINT32_MAX)
		show_uid(out, logged_in ? subject->login_uid : subject->uid);
	else
		buffer_append_text(out, "somebody");
}

static void show_role(struct buffer *out, const char *role)
{
	if (!role)
		return;
	if (!strcmp(role, "unconfined")) {
		buffer_append_text(out, " (no role)");
		return;
	}
	buffer_append_text(out, " (");
	show_name(out, role);
	buffer_append_byte(out, ')');
}

/* alice (clerk) as root, with cat[42] */
static void show_subject(struct buffer *out, const struct event_subject *subject, const char *role)
{
	bool logged_in = subject->login_uid != UINT32_MAX;

	if (!subject->known) {
		buffer_append_text(out, "somebody");
		show_role(out, role);
		return;
	}
	show_person(out, subject);
	show_role(out, role);
	if (subject->uid != UINT32_MAX &&
	    (logged_in ? subject->uid != subject->login_uid : subject->unit.size != 0)) {
		buffer_append_text(out, " as ");
		show_uid(out, subject->uid);
	}
	if (logged_in && subject->unit.size) {
		buffer_append_text(out, " in ");
		show(out, &subject->unit);
	}
	if (subject->comm.size) {
		buffer_append_text(out, " with ");
		show(out, &subject->comm);
	}
	if (subject->pid != UINT32_MAX)
		buffer_printf(out, subject->comm.size ? "[%" PRIu32 "]" : " (pid %" PRIu32 ")",
			      subject->pid);
}

/* --- what --------------------------------------------------------------------- */

static void show_path(struct buffer *out, const struct event_object *object)
{
	if (object->path_cut)
		buffer_append_text(out, "…");
	show(out, &object->path);
	if (!object->class_name)
		return;
	buffer_append_text(out, " (class ");
	show_name(out, object->class_name);
	show_words(out, ", ", object->grade);
	buffer_append_byte(out, ')');
}

static void show_address(struct buffer *out, const struct event_object *object)
{
	bool number = strchr(object->address, '.') || strchr(object->address, ':');

	show_words(out, strchr(object->address, ':') ? "[" : "", object->address);
	if (number)
		buffer_printf(out, "%s:%u", strchr(object->address, ':') ? "]" : "", object->port);
	show_words(out, " (", object->protocol ? object->protocol : "?");
	buffer_append_byte(out, ')');
}

/* Whoever comes has an address, and a port that says nothing: the one he came to is told */
static void show_comer(struct buffer *out, const struct event_object *object)
{
	show_words(out, "from ", object->address);
	buffer_printf(out, " at port %u", object->port);
	show_words(out, " (", object->protocol ? object->protocol : "?");
	buffer_append_byte(out, ')');
}

static void show_rights(struct buffer *out, uint32_t rights)
{
	const char *before = " for ";

	for (uint32_t i = 0; i < BAILIWICK_RIGHT_COUNT; i++)
		if (rights >> i & 1) {
			show_words(out, before, right_texts[i]);
			before = ", ";
		}
}

static void show_target(struct buffer *out, const struct event_bytes *role)
{
	if (role->size == strlen("unconfined") && !memcmp(role->data, "unconfined", role->size)) {
		buffer_append_text(out, " without a role");
		return;
	}
	buffer_append_text(out, " in role ");
	show(out, role);
}

static void show_transition(struct buffer *out, const struct event_object *object)
{
	if (object->kind != EVENT_OBJECT_PATH) {
		buffer_append_text(out, operations[BAILIWICK_OP_TRANSITION].verb);
		return;
	}
	buffer_append_text(out, "change");
	if (object->name.size) {
		buffer_append_text(out, " to role ");
		show(out, &object->name);
	}
	buffer_append_text(out, " by running ");
	show_path(out, object);
}

static void show_attempt(struct buffer *out, const struct event *event)
{
	const struct event_object *object = &event->object;
	uint32_t operation = find_operation(event->operation);

	if (operation == BAILIWICK_OP_TRANSITION) {
		show_transition(out, object);
		return;
	}
	if (operation < BAILIWICK_OP_COUNT)
		buffer_append_text(out, operations[operation].verb);
	else
		show_words(out, "", event->operation ? event->operation : "do something");
	if (object->kind == EVENT_OBJECT_NONE ||
	    (object->kind == EVENT_OBJECT_NAMED && !object->name.size))
		return;
	if (operation == BAILIWICK_OP_PTRACE || operation == BAILIWICK_OP_SIGNAL ||
	    operation == BAILIWICK_OP_LIMIT) {
		show_target(out, &object->name);
		return;
	}
	buffer_append_byte(out, ' ');
	if (object->comes) {
		show_comer(out, object);
		return;
	}
	if (operation < BAILIWICK_OP_COUNT)
		buffer_append_text(out, operations[operation].before);
	if (object->kind == EVENT_OBJECT_PATH)
		show_path(out, object);
	else if (object->kind == EVENT_OBJECT_ADDRESS)
		show_address(out, object);
	else
		show(out, &object->name);
	if (operation == BAILIWICK_OP_DESCRIPTOR)
		show_rights(out, object->rights);
}

/* --- why ---------------------------------------------------------------------- */

static void show_rule(struct buffer *out, const struct event_rule *rule)
{
	buffer_append_text(out, " (");
	show_name(out, rule->file);
	buffer_printf(out, ":%" PRIu32 ")", rule->line);
}

static void show_why(struct buffer *out, const struct event *event)
{
	const char *reason = event_reason_words(event->reason);
	const char *told = event->rule.message ? event->rule.message : event->message;

	if (!reason)			/* of a newer version */
		reason = event->reason ? event->reason : "";
	if (*reason) {
		show_words(out, "; ", reason);
		told = event->rule.message;
	} else if (!told) {
		told = event->rule.file ? "a line of the policy forbids it" : "the role does not hold it";
	}
	show_words(out, "; ", told);
	if (event->rule.file)
		show_rule(out, &event->rule);
}

static void write_denial(const struct event *event, struct buffer *out)
{
	bool denied = event->verdict && !strcmp(event->verdict, "denied");

	show_words(out, " ", event->verdict ? event->verdict : "denied");
	buffer_append_text(out, ": ");
	show_subject(out, &event->subject, event->role);
	buffer_append_text(out, denied || !event->verdict ? " tried to " :
			   " did what the policy would deny: ");
	show_attempt(out, event);
	show_why(out, event);
}

/* --- what is no denial ---------------------------------------------------------- */

static void show_grant(struct buffer *out, const struct event *event, const char *between)
{
	const struct event_object *object = &event->object;

	if (object->kind != EVENT_OBJECT_GRANT) {
		show_words(out, " ", event->message);
		return;
	}
	buffer_append_byte(out, ' ');
	if (object->role) {
		buffer_append_text(out, "role ");
		show_name(out, object->role);
	} else {
		buffer_append_text(out, "every role");
	}
	buffer_append_text(out, between);
	show(out, &object->name);
}

static void write_news(const struct event *event, struct buffer *out)
{
	show_words(out, " ", event_kind_text(event->kind));
	buffer_append_byte(out, ':');
	switch (event->kind) {
	case EVENT_ASSIGNED:
		show_grant(out, event, " given to ");
		break;
	case EVENT_REVOKED:
		show_grant(out, event, " taken from ");
		break;
	case EVENT_QUARANTINED:
	case EVENT_RELEASED:
		buffer_append_byte(out, ' ');
		show(out, &event->object.name);
		show_words(out, " ", event->message);
		break;
	case EVENT_EXPIRED:
		show_grant(out, event, " of ");
		show_words(out, " has ended: ", event->message);
		return;
	case EVENT_HOST_NAME:
		buffer_append_byte(out, ' ');
		show(out, &event->object.name);
		show_words(out, ": ", event->message);
		break;
	case EVENT_POLICY_APPLIED:
		buffer_printf(out, " version %" PRIu64 " is in force", event->policy_version);
		show_words(out, ", ", event->message);
		break;
	case EVENT_POLICY_REFUSED:
		show_words(out, " ", event->message);
		buffer_printf(out, "; version %" PRIu64 " stays in force", event->policy_version);
		break;
	default:
		show_words(out, " ", event->message ? event->message : "nothing more is known");
		break;
	}
	if (event->subject.known) {
		buffer_append_text(out, ", by ");
		show_subject(out, &event->subject, event->kind == EVENT_FINDING ? event->role : NULL);
	}
}

int event_write_text(const struct event *event, struct buffer *out)
{
	char time[TIMESTAMP_TEXT_MAX];

	timestamp_format_ns(event->time, time);
	buffer_printf(out, "%s %-8s", time, event_severity_text(event->severity));
	if (event->kind == EVENT_DENIAL)
		write_denial(event, out);
	else
		write_news(event, out);
	if (event->count > 1 && event->kind != EVENT_CANARY && event->kind != EVENT_LOST &&
	    event->kind != EVENT_FINDING)
		buffer_printf(out, " (%" PRIu64 " times)", event->count);
	return buffer_append(out, "", 0);
}
