// SPDX-License-Identifier: Apache-2.0
/* Tests of event/read.h: what is written reads back the same */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <bailiwick/vocab.h>

#include "event/read.h"
#include "event/sentence.h"

#define BYTES(text) { text, sizeof(text) - 1 }

/* An event, its line, and the line of what its JSON reads back as */
static void assert_same_line(const struct event *event)
{
	struct buffer json = { 0 }, before = { 0 }, after = { 0 };
	struct message *message = NULL;
	struct event again;

	assert_int_equal(event_write_json(event, &json), 0);
	assert_int_equal(message_parse(json.data, json.size, &message), 0);
	event_read(message, &again);
	assert_int_equal(event_write_text(event, &before), 0);
	assert_int_equal(event_write_text(&again, &after), 0);
	assert_string_equal(before.data, after.data);
	assert_true(again.time == event->time);
	assert_true(again.policy_version == event->policy_version);
	assert_int_equal(again.sealed, event->sealed);
	message_free(message);
	buffer_done(&json);
	buffer_done(&before);
	buffer_done(&after);
}

static void lines_survive_the_journal(void **state)
{
	struct event event = {
		.kind = EVENT_DENIAL, .time = 1767200400123456789, .verdict = "audited",
		.operation = "read", .role = "a+b", .sealed = true, .count = 9, .reason = "policy",
		.severity = BAILIWICK_SEVERITY_SPECIAL, .policy_version = 3,
		.subject = { .known = true, .login_uid = UINT32_MAX, .uid = 5, .gid = 5, .pid = 4,
			     .tid = 4, .comm = BYTES("x"), .unit = BYTES("n.service") },
		.object = { .kind = EVENT_OBJECT_PATH, .path = BYTES("/a"), .path_cut = true },
	};

	(void)state;
	assert_same_line(&event);
	event.object = (struct event_object){ .kind = EVENT_OBJECT_ADDRESS, .protocol = "udp",
					      .address = "10.0.0.1", .port = 53 };
	assert_same_line(&event);
	event.object.comes = true;
	assert_same_line(&event);
	event.object = (struct event_object){ .kind = EVENT_OBJECT_NAMED, .what = "privilege",
					      .name = BYTES("bpf") };
	assert_same_line(&event);
	event.object = (struct event_object){ .kind = EVENT_OBJECT_PATH, .path = BYTES("/bin/x"),
					      .what = "role", .name = BYTES("web") };
	assert_same_line(&event);
	event = (struct event){ .kind = EVENT_ASSIGNED, .count = 1, .message = "m", .role = "r",
				.object = { .kind = EVENT_OBJECT_GRANT, .name = BYTES("user:a"),
					    .role = "r" } };
	assert_same_line(&event);
	for (int i = 0; i < EVENT_KIND_COUNT; i++) {
		event = (struct event){ .kind = (enum event_kind)i, .count = 1 };
		assert_same_line(&event);
	}
}

static void anything_can_be_read(void **state)
{
	static const char *const objects[] = {
		"{}", "{\"kind\":\"of tomorrow\",\"severity\":\"dreadful\"}",
		"{\"subject\":5,\"object\":[],\"rule\":\"x\",\"time\":\"yesterday\",\"seq\":-1}",
		"{\"object\":{\"address\":\"a very long text that is no address at all and does not fit\"}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(objects) / sizeof(*objects); i++) {
		struct message *message = NULL;
		struct buffer line = { 0 };
		struct event event;

		assert_int_equal(message_parse(objects[i], strlen(objects[i]), &message), 0);
		event_read(message, &event);
		assert_int_equal(event.kind, EVENT_UNKNOWN);
		assert_int_equal(event.severity, BAILIWICK_SEVERITY_ORDINARY);
		assert_int_equal(event_write_text(&event, &line), 0);
		buffer_done(&line);
		message_free(message);
	}
}

static void roles_are_whole_words(void **state)
{
	(void)state;
	assert_true(event_names_role("clerk", "clerk"));
	assert_true(event_names_role("backup+clerk+x", "clerk"));
	assert_false(event_names_role("clerks+backup", "clerk"));
	assert_false(event_names_role("", "clerk"));
	assert_false(event_names_role("clerk", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_survive_the_journal),
		cmocka_unit_test(anything_can_be_read),
		cmocka_unit_test(roles_are_whole_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
