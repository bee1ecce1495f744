// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/burst.h: what makes a finding, and what one says */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/message.h"
#include "daemon/burst.h"
#include "event/sentence.h"

#define SECOND UINT64_C(1000000000)

static const struct burst_limits limits = { .count = { 5, 3, 2 }, .window = 60 * SECOND };
static struct bursts *bursts;
static struct buffer told;		/* texts, a line each */
static struct message *last;		/* JSON of the last */
static unsigned int findings;

static void take(void *context, struct event *finding)
{
	struct buffer json = { 0 };

	(void)context;
	findings++;
	finding->time = 0;
	event_write_text(finding, &told);
	buffer_append_byte(&told, '\n');
	assert_int_equal(event_write_json(finding, &json), 0);
	last = message_free(last);
	assert_int_equal(message_parse(json.data, json.size, &last), 0);
	buffer_done(&json);
}

static int set_up(void **state)
{
	(void)state;
	findings = 0;
	bursts = bursts_new(&limits, take, NULL);
	return bursts ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	bursts = bursts_free(bursts);
	buffer_done(&told);
	last = message_free(last);
	return 0;
}

/* Of a person, or with no login uid of a unit */
static struct event denial(uint32_t login_uid, const char *unit, uint32_t severity, const char *path)
{
	struct event event = {
		.kind = EVENT_DENIAL, .verdict = "denied", .operation = "read", .role = "clerk",
		.severity = severity, .policy_version = 7, .count = 1,
		.subject = { .known = true, .user = unit ? NULL : "alice", .login_uid = login_uid, .uid = 0 },
		.object = { .kind = EVENT_OBJECT_PATH, .path = { path, strlen(path) } },
	};

	if (unit)
		event.subject.unit = (struct event_bytes){ unit, strlen(unit) };
	return event;
}

static void add(uint32_t login_uid, const char *unit, uint32_t severity, const char *path, uint64_t now)
{
	struct event event = denial(login_uid, unit, severity, path);

	bursts_add(bursts, &event, now);
}

static const char *text(const char *path)
{
	const char *found = last ? message_string(last, path) : NULL;

	return found ? found : "";
}

static int number(const char *path)
{
	int64_t value = -1;

	return last && message_integer(last, path, &value) ? (int)value : -1;
}

static void a_burst_is_one_serious_finding_with_the_list(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		add(1000, NULL, 0, "/etc/shadow", SECOND * (uint64_t)i);
	add(1000, NULL, 0, "/etc/gshadow", 5 * SECOND);
	bursts_end(bursts, 60 * SECOND - 1);
	assert_int_equal(findings, 0);
	bursts_end(bursts, 60 * SECOND);
	assert_int_equal(findings, 1);
	assert_string_equal(text("kind"), "finding");
	assert_string_equal(text("severity"), "serious");
	assert_string_equal(text("role"), "clerk");
	assert_string_equal(text("subject.user"), "alice");
	assert_int_equal(number("subject.loginuid"), 1000);
	assert_int_equal(number("count"), 5);
	assert_int_equal(number("policy_version"), 7);
	assert_int_equal(message_count(last, "list"), 2);
	assert_string_equal(text("list.0.object"), "/etc/shadow");
	assert_string_equal(text("list.0.operation"), "read");
	assert_int_equal(number("list.0.count"), 4);
	assert_string_equal(text("list.1.object"), "/etc/gshadow");
	assert_non_null(strstr(told.data, "serious  finding: 5 ordinary denials within 60 s: read "
			       "\"/etc/shadow\" (4 times), read \"/etc/gshadow\", by alice (clerk) as root\n"));
	/* told once; what follows is another window */
	bursts_end(bursts, 600 * SECOND);
	assert_int_equal(findings, 1);
}

static void each_grade_has_its_threshold(void **state)
{
	static const struct { uint32_t severity; int denials; unsigned int findings; } cases[] = {
		{ 0, 4, 0 }, { 0, 5, 1 }, { 1, 2, 0 }, { 1, 3, 1 }, { 2, 1, 0 }, { 2, 2, 1 },
	};
	uint64_t now = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++, now += 100 * SECOND) {
		findings = 0;
		for (int n = 0; n < cases[i].denials; n++)
			add(1000, NULL, cases[i].severity, "/x", now);
		bursts_end(bursts, now + 60 * SECOND);
		if (findings != cases[i].findings)
			fail_msg("%d of severity %u: %u findings", cases[i].denials, cases[i].severity, findings);
	}
	assert_string_equal(text("severity"), "special");
}

static void subjects_are_counted_apart(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		add(1000, NULL, 1, "/x", 0);
		add(1001, NULL, 1, "/x", 0);
		add(UINT32_MAX, "a.service", 1, "/x", 0);
		add(UINT32_MAX, "b.service", 1, "/x", 0);
	}
	bursts_end(bursts, UINT64_MAX);
	assert_int_equal(findings, 0);
	/* a person in two sessions and under two uids is one */
	add(1000, "session-1.scope", 1, "/x", 0);
	add(1000, "session-2.scope", 1, "/x", 0);
	add(1000, NULL, 1, "/x", 0);
	bursts_end(bursts, UINT64_MAX);
	assert_int_equal(findings, 1);
	assert_int_equal(number("count"), 3);
}

static void repeats_count_and_what_was_not_stopped_does_not(void **state)
{
	struct event event = denial(1000, NULL, 1, "/x");

	(void)state;
	event.verdict = "audited";
	event.count = 100;
	bursts_add(bursts, &event, 0);
	event.kind = EVENT_LOST;
	event.verdict = "denied";
	bursts_add(bursts, &event, 0);
	bursts_end(bursts, UINT64_MAX);
	assert_int_equal(findings, 0);
	event.kind = EVENT_DENIAL;
	bursts_add(bursts, &event, 0);
	bursts_end(bursts, UINT64_MAX);
	assert_int_equal(findings, 1);
	assert_int_equal(number("count"), 100);
}

static void zero_is_never(void **state)
{
	const struct burst_limits never = { .window = SECOND };

	(void)state;
	bursts_free(bursts);
	bursts = bursts_new(&never, take, NULL);
	for (int i = 0; i < 1000; i++)
		add(1000, NULL, 2, "/x", 0);
	bursts_end(bursts, UINT64_MAX);
	assert_int_equal(findings, 0);
}

static void many_names_and_subjects_stay_within_bounds(void **state)
{
	char path[4200];

	(void)state;
	memset(path, 'p', sizeof(path));
	for (unsigned int i = 0; i < 100; i++) {
		snprintf(path, 16, "/%010u", i);
		path[11] = 'p';
		path[4096] = 0;
		add(1000, NULL, 0, path, 0);
	}
	bursts_end(bursts, UINT64_MAX);
	assert_int_equal(findings, 1);
	assert_int_equal(message_count(last, "list"), BURST_LIST + 1);
	assert_int_equal(strlen(text("list.0.object")), BURST_OBJECT_MAX);
	assert_int_equal(number("list.16.count"), 100 - BURST_LIST);
	assert_string_equal(text("list.16.object"), "others");
	assert_false(message_has(last, "list.16.operation"));
	assert_true(told.size < 2000);
	/* one more than are watched: the oldest ends early, and is told all the same */
	findings = 0;
	for (int n = 0; n < 3; n++)
		add(1, NULL, 1, "/x", 0);
	for (uint32_t i = 0; i < BURST_SUBJECTS; i++)
		add(100 + i, NULL, 1, "/x", 1);
	assert_int_equal(findings, 1);
	assert_int_equal(number("subject.loginuid"), 1);
}

static void names_are_harmless(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		add(UINT32_MAX, "\033[2J.service", 1, "/\033]0;x\a\xff\n\xe2\x80\xae", 0);
	bursts_end(bursts, UINT64_MAX);
	assert_int_equal(findings, 1);
	assert_null(strchr(told.data, '\033'));
	assert_null(strstr(told.data, "\xe2\x80\xae"));
	assert_non_null(strstr(told.data, "read \"/<U+001B>]0;x<U+0007><FF><U+000A><U+202E>\" (3 times)"));
	assert_int_equal(strchr(told.data, '\n') - told.data, told.size - 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_burst_is_one_serious_finding_with_the_list),
		TEST(each_grade_has_its_threshold),
		TEST(subjects_are_counted_apart),
		TEST(repeats_count_and_what_was_not_stopped_does_not),
		TEST(zero_is_never),
		TEST(many_names_and_subjects_stay_within_bounds),
		TEST(names_are_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
