// SPDX-License-Identifier: Apache-2.0
/* Tests of event/event.h: JSON */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <bailiwick/vocab.h>

#include "base/message.h"
#include "event/event.h"

#define BYTES(text) { text, sizeof(text) - 1 }

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
		.journal = "3fa9c1d2aabbccdd",
		.sequence = 1042,
		.time = 1767200400000000042,
		.host = "srv1",
		.verdict = "denied",
		.operation = "read",
		.role = "clerk",
		.subject = { .known = true, .user = "alice", .login_uid = 1000, .uid = 0, .gid = 0,
			     .pid = 42, .tid = 42, .comm = BYTES("cat"), .exe = BYTES("/bin/cat") },
		.object = { .kind = EVENT_OBJECT_PATH, .path = BYTES("/srv/a"), .class_name = "crm",
			    .grade = "restricted",
			    .rights = BAILIWICK_RIGHT_READ | BAILIWICK_RIGHT_WRITE },
		.rule = { .file = "/etc/p.yaml", .line = 12, .message = "Ask first" },
		.severity = BAILIWICK_SEVERITY_SERIOUS,
		.policy_version = 17,
		.sealed = true,
		.count = 1,
		.reason = "policy",
	};
}

static void every_member_of_the_language_is_there(void **state)
{
	struct event event = denial();

	(void)state;
	assert_int_equal(event_write_json(&event, &out), 0);
	assert_string_equal(out.data,
		"{\"id\":\"3fa9c1d2-1042\",\"seq\":1042,\"time\":\"2025-12-31T17:00:00.000000042Z\","
		"\"host\":\"srv1\",\"kind\":\"denial\",\"verdict\":\"denied\",\"operation\":\"read\","
		"\"role\":\"clerk\",\"subject\":{\"user\":\"alice\",\"loginuid\":1000,\"uid\":0,\"gid\":0,"
		"\"pid\":42,\"tid\":42,\"comm\":\"cat\",\"exe\":\"/bin/cat\",\"unit\":null},"
		"\"object\":{\"path\":\"/srv/a\",\"class\":\"crm\",\"grade\":\"restricted\","
		"\"rights\":[\"read\",\"write\"]},\"rule\":{\"file\":\"/etc/p.yaml\",\"line\":12,"
		"\"message\":\"Ask first\"},\"severity\":\"serious\",\"policy_version\":17,"
		"\"sealed\":true,\"count\":1,\"reason\":\"policy\",\"message\":null}");
}

static void what_is_not_known_is_null(void **state)
{
	struct event event = { .kind = EVENT_LOST, .count = 3 };
	struct message *m = NULL;

	(void)state;
	assert_int_equal(event_write_json(&event, &out), 0);
	assert_int_equal(message_parse(out.data, out.size, &m), 0);
	assert_int_equal(message_count(m, ""), 17);
	assert_false(message_has(m, "subject"));
	assert_false(message_has(m, "object"));
	assert_false(message_has(m, "rule"));
	message_free(m);
}

static void strangers_cannot_break_out(void **state)
{
	struct event event = denial();
	struct message *m = NULL;
	static const char nasty[] = "/tmp/\"},\n\033[2J\xff\xe2\x80\xae";

	(void)state;
	event.object.path = (struct event_bytes)BYTES(nasty);
	event.subject.comm = (struct event_bytes)BYTES("\n2026 forged");
	event.message = "a\nb";
	event.rule.message = NULL;
	assert_int_equal(event_write_json(&event, &out), 0);
	assert_null(memchr(out.data, '\n', out.size));
	assert_null(memchr(out.data, '\033', out.size));
	assert_int_equal(message_parse(out.data, out.size, &m), 0);
	assert_int_equal(message_count(m, ""), 17);
	assert_string_equal(message_string(m, "object.path_escaped"),
			    "%2f%74%6d%70%2f%22%7d%2c%0a%1b%5b%32%4a%ff%e2%80%ae");
	message_free(m);
}

static void names_of_grades(void **state)
{
	(void)state;
	assert_int_equal(event_severity_parse("special"), BAILIWICK_SEVERITY_SPECIAL);
	assert_int_equal(event_severity_parse("Special"), -1);
	assert_string_equal(event_severity_text(BAILIWICK_SEVERITY_SERIOUS), "serious");
	assert_string_equal(event_kind_text(EVENT_KIND_COUNT), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(every_member_of_the_language_is_there, tear_down),
		cmocka_unit_test_teardown(what_is_not_known_is_null, tear_down),
		cmocka_unit_test_teardown(strangers_cannot_break_out, tear_down),
		cmocka_unit_test_teardown(names_of_grades, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
