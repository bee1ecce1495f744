// SPDX-License-Identifier: Apache-2.0
/* Tests of ctl/hosts.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/hosts.h"

static int parse(const char *text, struct hosts *hosts)
{
	return hosts_parse(text, strlen(text), hosts);
}

static void answers_are_put_in_order(void **state)
{
	struct hosts hosts;
	char text[CIDR_TEXT_MAX];

	(void)state;
	assert_int_equal(parse("{\"name\":\"z.example\",\"problem\":\"gone\"}\n\n"
			       "{\"name\":\"a.example\",\"addresses\":[\"fd20::1\",\"10.0.0.2\",\"10.0.0.1\","
			       "\"10.0.0.2\",\"::ffff:10.0.0.1\"]}\n", &hosts), 0);
	assert_int_equal(hosts.count, 2);
	assert_string_equal(hosts.answers[0].name, "a.example");
	assert_null(hosts.answers[0].problem);
	assert_int_equal(hosts.answers[0].count, 3);
	assert_string_equal(cidr_format(&hosts.answers[0].addresses[0], text), "10.0.0.1");
	assert_string_equal(cidr_format(&hosts.answers[0].addresses[1], text), "10.0.0.2");
	assert_string_equal(cidr_format(&hosts.answers[0].addresses[2], text), "fd20::1");
	assert_string_equal(hosts.answers[1].problem, "gone");
	assert_int_equal(hosts.answers[1].count, 0);
	hosts_done(&hosts);
	assert_int_equal(parse("", &hosts), 0);
	hosts_done(&hosts);
}

static void what_is_wrong_has_a_line(void **state)
{
	static const char *const bad[] = {
		"{\"name\":\"a.example\"}",
		"{\"addresses\":[\"10.0.0.1\"]}",
		"{\"name\":\"A.example\",\"addresses\":[\"10.0.0.1\"]}",
		"{\"name\":\"a.example\",\"addresses\":[\"10.0.0.0/8\"]}",
		"{\"name\":\"a.example\",\"addresses\":[\"0.0.0.0/0\"]}",
		"{\"name\":\"a.example\",\"addresses\":[7]}",
		"{\"name\":\"a.example\",\"addresses\":[\"b.example\"]}",
		"{\"name\":\"ok.example\",\"problem\":\"named twice\"}",
		"[]", "nonsense",
	};
	struct hosts hosts;
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(text, sizeof(text), "{\"name\":\"ok.example\",\"problem\":\"\"}\n%s", bad[i]);
		assert_int_equal(parse(text, &hosts), 2);
	}
}

static void there_is_a_limit(void **state)
{
	char text[4096], *at = text;
	struct hosts hosts;

	(void)state;
	at += sprintf(at, "{\"name\":\"a.example\",\"addresses\":[\"10.0.0.0\"");
	for (int i = 1; i < 64; i++)
		at += sprintf(at, ",\"10.0.0.%d\"", i);
	strcpy(at, "]}");
	assert_int_equal(parse(text, &hosts), 0);
	hosts_done(&hosts);
	strcpy(at, ",\"10.0.1.0\"]}");
	assert_int_equal(parse(text, &hosts), 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_put_in_order),
		cmocka_unit_test(what_is_wrong_has_a_line),
		cmocka_unit_test(there_is_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
