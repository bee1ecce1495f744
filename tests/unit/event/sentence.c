// SPDX-License-Identifier: Apache-2.0
/* Every kind of event as a sentence that a tired person understands at once */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <bailiwick/vocab.h>

#include "event/sentence.h"

#define BYTES(text) { text, sizeof(text) - 1 }
#define PREFIX "2025-12-31T17:00:00.000000Z serious "
#define WHO "alice (clerk) as root with cat[42]"
#define X_TEXT(id, text) text,

static struct buffer out;

static int tear_down(void **state)
{
	(void)state;
	buffer_done(&out);
	return 0;
}

static struct event denial(void)
{
	return (struct event){
		.kind = EVENT_DENIAL,
		.time = 1767200400000000042,
		.verdict = "denied",
		.operation = "read",
		.role = "clerk",
		.subject = { .known = true, .user = "alice", .login_uid = 1000, .uid = 0, .gid = 0,
			     .pid = 42, .tid = 42, .comm = BYTES("cat"), .exe = BYTES("/bin/cat") },
		.rule = { .file = "/etc/p.yaml", .line = 12, .message = "Ask first" },
		.severity = BAILIWICK_SEVERITY_SERIOUS,
		.policy_version = 17,
		.count = 1,
		.reason = "policy",
	};
}

static const char *sentence(const struct event *event)
{
	buffer_clear(&out);
	assert_int_equal(event_write_text(event, &out), 0);
	assert_memory_equal(out.data, PREFIX, strlen(PREFIX));
	return out.data + strlen(PREFIX);
}

static struct event_object path_object(void)
{
	return (struct event_object){ .kind = EVENT_OBJECT_PATH, .path = BYTES("/srv/a"),
				      .rights = BAILIWICK_RIGHT_READ | BAILIWICK_RIGHT_WRITE };
}

static struct event_object address_object(void)
{
	return (struct event_object){ .kind = EVENT_OBJECT_ADDRESS, .protocol = "tcp",
				      .address = "10.0.0.1", .port = 80 };
}

static struct event_object named_object(const char *what, const char *name)
{
	return (struct event_object){ .kind = EVENT_OBJECT_NAMED, .what = what,
				      .name = { name, strlen(name) } };
}

/* Operation by operation, with the objects that the programs give */
static const struct {
	const char *operation;
	enum event_object_kind kind;
	const char *what, *name, *attempt;
} attempts[] = {
	{ "read", EVENT_OBJECT_PATH, NULL, NULL, "read /srv/a" },
	{ "write", EVENT_OBJECT_PATH, NULL, NULL, "write to /srv/a" },
	{ "append", EVENT_OBJECT_PATH, NULL, NULL, "append to /srv/a" },
	{ "exec", EVENT_OBJECT_PATH, NULL, NULL, "run /srv/a" },
	{ "map-exec", EVENT_OBJECT_PATH, NULL, NULL, "load program code from /srv/a" },
	{ "create", EVENT_OBJECT_PATH, NULL, NULL, "create /srv/a" },
	{ "delete", EVENT_OBJECT_PATH, NULL, NULL, "delete /srv/a" },
	{ "rename", EVENT_OBJECT_PATH, NULL, NULL, "rename /srv/a" },
	{ "link", EVENT_OBJECT_PATH, NULL, NULL, "make a second name for /srv/a" },
	{ "setattr", EVENT_OBJECT_PATH, NULL, NULL, "change mode, owner or times of /srv/a" },
	{ "xattr", EVENT_OBJECT_PATH, NULL, NULL,
	  "use extended attributes or access lists of /srv/a" },
	{ "ioctl", EVENT_OBJECT_PATH, NULL, NULL, "give a device command (ioctl) to /srv/a" },
	{ "lock", EVENT_OBJECT_PATH, NULL, NULL, "lock /srv/a" },
	{ "list", EVENT_OBJECT_PATH, NULL, NULL, "list the directory /srv/a" },
	{ "stat", EVENT_OBJECT_PATH, NULL, NULL, "see size, owner and times of /srv/a" },
	{ "mount", EVENT_OBJECT_PATH, NULL, NULL, "mount or unmount at /srv/a" },
	{ "connect", EVENT_OBJECT_PATH, NULL, NULL, "connect to the local socket /srv/a" },
	{ "net-connect", EVENT_OBJECT_ADDRESS, NULL, NULL, "connect to 10.0.0.1:80 (tcp)" },
	{ "net-connect", EVENT_OBJECT_NONE, NULL, NULL, "connect" },
	{ "net-bind", EVENT_OBJECT_ADDRESS, NULL, NULL,
	  "take the local address 10.0.0.1:80 (tcp)" },
	{ "net-listen", EVENT_OBJECT_ADDRESS, NULL, NULL, "listen on 10.0.0.1:80 (tcp)" },
	{ "net-accept", EVENT_OBJECT_ADDRESS, NULL, NULL,
	  "accept a connection on 10.0.0.1:80 (tcp)" },
	{ "net-send", EVENT_OBJECT_ADDRESS, NULL, NULL, "send to 10.0.0.1:80 (tcp)" },
	{ "net-receive", EVENT_OBJECT_ADDRESS, NULL, NULL, "receive from 10.0.0.1:80 (tcp)" },
	{ "socket", EVENT_OBJECT_NAMED, "family", "packet", "open a socket of family packet" },
	{ "capability", EVENT_OBJECT_NAMED, "capability", "setgid",
	  "use the capability setgid" },
	{ "privilege", EVENT_OBJECT_NAMED, "privilege", "mount",
	  "use the privilege mount" },
	{ "transition", EVENT_OBJECT_PATH, "role", "backup",
	  "change to role backup by running /srv/a" },
	{ "transition", EVENT_OBJECT_NONE, NULL, NULL,
	  "start a process in a control group of its choice" },
	{ "descriptor", EVENT_OBJECT_PATH, NULL, NULL,
	  "take over an open descriptor of /srv/a for read, write" },
	{ "descriptor", EVENT_OBJECT_NONE, NULL, NULL, "take over an open descriptor" },
	{ "ptrace", EVENT_OBJECT_NAMED, "role", "web", "trace or look into a process in role web" },
	{ "signal", EVENT_OBJECT_NAMED, "role", "unconfined",
	  "send a signal to a process without a role" },
	{ "limit", EVENT_OBJECT_NAMED, "role", "web",
	  "change the limits or the priority of a process in role web" },
	{ "of-tomorrow", EVENT_OBJECT_PATH, NULL, NULL, "of-tomorrow /srv/a" },
};

static void every_operation_is_a_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(attempts) / sizeof(*attempts); i++) {
		struct event event = denial();
		char want[256];

		event.operation = attempts[i].operation;
		if (attempts[i].kind == EVENT_OBJECT_PATH)
			event.object = path_object();
		else if (attempts[i].kind == EVENT_OBJECT_ADDRESS)
			event.object = address_object();
		else if (attempts[i].kind == EVENT_OBJECT_NAMED)
			event.object = named_object(attempts[i].what, attempts[i].name);
		if (attempts[i].what && attempts[i].kind == EVENT_OBJECT_PATH) {
			event.object.what = attempts[i].what;
			event.object.name = (struct event_bytes){ attempts[i].name,
								  strlen(attempts[i].name) };
		}
		snprintf(want, sizeof(want), " denied: " WHO " tried to %s; Ask first (/etc/p.yaml:12)",
			 attempts[i].attempt);
		assert_string_equal(sentence(&event), want);
	}
}

static void whoever_comes_is_told_with_the_port_he_came_to(void **state)
{
	struct event event = denial();

	(void)state;
	event.operation = "net-accept";
	event.object = address_object();
	event.object.comes = true;
	assert_string_equal(sentence(&event),
			    " denied: " WHO " tried to accept a connection from 10.0.0.1 at port "
			    "80 (tcp); Ask first (/etc/p.yaml:12)");
}

static void no_operation_is_left_out(void **state)
{
	static const char *const names[] = { BAILIWICK_OPERATIONS(X_TEXT) };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t seen = 0;

		for (size_t j = 0; j < sizeof(attempts) / sizeof(*attempts); j++)
			seen += !strcmp(attempts[j].operation, names[i]);
		assert_true(seen > 0);
		assert_non_null(event_operation_words(names[i]));
	}
	assert_null(event_operation_words("of-tomorrow"));
	assert_null(event_operation_words(NULL));
}

static void every_reason_has_words(void **state)
{
	static const char *const names[] = { BAILIWICK_REASONS(X_TEXT) };
	struct event event = denial();

	(void)state;
	event.object = path_object();
	event.rule.message = NULL;
	for (size_t i = BAILIWICK_REASON_POLICY + 1; i < BAILIWICK_REASON_COUNT; i++) {
		assert_non_null(event_reason_words(names[i]));
		assert_true(strlen(event_reason_words(names[i])) > 10);
		event.reason = names[i];
		assert_non_null(strstr(sentence(&event), event_reason_words(names[i])));
	}
	event.reason = "of tomorrow";
	assert_non_null(strstr(sentence(&event), "; of tomorrow (/etc/p.yaml:12)"));
}

static void the_line_that_decided(void **state)
{
	struct event event = denial();

	(void)state;
	event.object = path_object();
	event.rule.message = NULL;
	assert_non_null(strstr(sentence(&event), "/srv/a; a line of the policy forbids it (/etc/p.yaml:12)"));
	event.message = "no line of this role allows it";
	assert_non_null(strstr(sentence(&event), "/srv/a; no line of this role allows it (/etc/p.yaml:12)"));
	event.message = NULL;
	event.rule.file = NULL;
	assert_non_null(strstr(sentence(&event), "/srv/a; the role does not hold it"));
	event.count = 5;
	assert_non_null(strstr(sentence(&event), "the role does not hold it (5 times)"));
}

static void what_was_only_watched_is_not_called_denied(void **state)
{
	struct event event = denial();

	(void)state;
	event.object = path_object();
	event.verdict = "audited";
	assert_string_equal(sentence(&event), " audited: " WHO " did what the policy would deny: read "
			    "/srv/a; Ask first (/etc/p.yaml:12)");
}

static void who_it_was(void **state)
{
	struct event event = denial();

	(void)state;
	event.object = path_object();
	event.object.class_name = "crm";
	event.object.grade = "restricted";
	event.subject.uid = 1000;
	assert_non_null(strstr(sentence(&event), ": alice (clerk) with cat[42] tried to read /srv/a "
			       "(class crm, restricted);"));
	event.subject.unit = (struct event_bytes)BYTES("session-3.scope");
	assert_non_null(strstr(sentence(&event), ": alice (clerk) in session-3.scope with cat[42] "));
	event.subject.login_uid = UINT32_MAX;
	event.subject.uid = 33;
	event.subject.unit = (struct event_bytes)BYTES("nginx.service");
	event.role = "web";
	assert_non_null(strstr(sentence(&event), ": nginx.service (web) as uid 33 with cat[42] "));
	event.subject.unit = (struct event_bytes){ 0 };
	event.subject.user = NULL;
	event.role = "unconfined";
	assert_non_null(strstr(sentence(&event), ": uid 33 (no role) with cat[42] "));
	event.subject.known = false;
	assert_non_null(strstr(sentence(&event), ": somebody (no role) tried to read"));
}

static void addresses_of_both_kinds(void **state)
{
	struct event event = denial();

	(void)state;
	event.operation = "net-send";
	event.object = address_object();
	strcpy(event.object.address, "::1");
	assert_non_null(strstr(sentence(&event), "send to [::1]:80 (tcp);"));
	strcpy(event.object.address, "family 40");
	event.object.protocol = NULL;
	assert_non_null(strstr(sentence(&event), "send to family 40 (?);"));
}

static void strangers_cannot_forge_a_sentence(void **state)
{
	struct event event = denial();

	(void)state;
	event.object = path_object();
	event.object.path = (struct event_bytes)BYTES("/a; \"b\" (x)\n\033[2J\xff\xe2\x80\xae");
	event.subject.comm = (struct event_bytes)BYTES("x] tried");
	event.message = "a\nb";
	sentence(&event);
	assert_null(memchr(out.data, '\n', out.size));
	assert_null(memchr(out.data, '\033', out.size));
	assert_null(strstr(out.data, "\xe2\x80\xae"));
	assert_non_null(strstr(out.data, "with \"x] tried\"[42] tried to read "
			       "\"/a; \\\"b\\\" (x)<U+000A><U+001B>[2J<FF><U+202E>\";"));
}

static void news_are_sentences(void **state)
{
	struct event event = denial();

	(void)state;
	event.subject.comm = (struct event_bytes){ 0 };
	event.rule.file = NULL;
	event.kind = EVENT_POLICY_APPLIED;
	event.message = "1 file: /etc/p.yaml";
	assert_string_equal(sentence(&event), " policy-applied: version 17 is in force, 1 file: "
			    "/etc/p.yaml, by alice as root (pid 42)");
	event.kind = EVENT_POLICY_REFUSED;
	assert_string_equal(sentence(&event), " policy-refused: 1 file: /etc/p.yaml; version 17 stays "
			    "in force, by alice as root (pid 42)");
	event.object = (struct event_object){ .kind = EVENT_OBJECT_GRANT, .name = BYTES("user:bob"),
					      .role = "teller" };
	event.kind = EVENT_ASSIGNED;
	assert_string_equal(sentence(&event), " assigned: role teller given to user:bob, by alice as "
			    "root (pid 42)");
	event.kind = EVENT_REVOKED;
	event.object.role = NULL;
	assert_string_equal(sentence(&event), " revoked: every role taken from user:bob, by alice as "
			    "root (pid 42)");
	event.kind = EVENT_EXPIRED;
	event.object.role = "teller";
	event.message = "its time is over";
	assert_string_equal(sentence(&event), " expired: role teller of user:bob has ended: its time "
			    "is over");
	event.kind = EVENT_ACCESS_REFUSED;
	event.count = 3;
	event.message = "a control request without the right to it: status";
	assert_string_equal(sentence(&event), " access-refused: a control request without the right "
			    "to it: status, by alice as root (pid 42) (3 times)");
	event.subject.known = false;
	event.kind = EVENT_LOST;
	event.message = "3 records";
	assert_string_equal(sentence(&event), " lost: 3 records");
	for (int i = 0; i < EVENT_KIND_COUNT; i++) {
		event.kind = (enum event_kind)i;
		assert_true(strlen(sentence(&event)) > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(every_operation_is_a_sentence, tear_down),
		cmocka_unit_test_teardown(whoever_comes_is_told_with_the_port_he_came_to, tear_down),
		cmocka_unit_test_teardown(no_operation_is_left_out, tear_down),
		cmocka_unit_test_teardown(every_reason_has_words, tear_down),
		cmocka_unit_test_teardown(the_line_that_decided, tear_down),
		cmocka_unit_test_teardown(what_was_only_watched_is_not_called_denied, tear_down),
		cmocka_unit_test_teardown(who_it_was, tear_down),
		cmocka_unit_test_teardown(addresses_of_both_kinds, tear_down),
		cmocka_unit_test_teardown(strangers_cannot_forge_a_sentence, tear_down),
		cmocka_unit_test_teardown(news_are_sentences, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
