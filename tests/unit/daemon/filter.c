// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/filter.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/filter.h"

#define EVENT "{\"id\":\"a-7\",\"kind\":\"denial\",\"host\":\"h\",\"operation\":\"write\",\"role\":\"a+b\"," \
	      "\"severity\":\"serious\",\"subject\":{\"user\":\"alice\",\"loginuid\":1000,\"uid\":0},\"object\":{\"path\":\"/srv/x/y\"}}"

static const char *wrong;

/* Is an event of second 100 wanted by this request? */
static bool wants(const char *json)
{
	struct message *request = NULL, *event = NULL;
	struct filter filter = { 0 };
	bool answer;

	assert_int_equal(message_parse(json, strlen(json), &request), 0);
	assert_int_equal(message_parse(EVENT, strlen(EVENT), &event), 0);
	wrong = filter_read(&filter, request);
	answer = !wrong && filter_wants(&filter, 100000000000u, event);
	if (!wrong)
		assert_int_equal(filter_is_open(&filter), strcmp(json, "{}") == 0);
	filter_done(&filter);
	message_free(request);
	message_free(event);
	return answer;
}

static void each_member_lets_through_and_stops(void **state)
{
	static const char *const yes[] = {
		"{}", "{\"user\":\"alice\"}", "{\"user\":\"1000\"}", "{\"host\":\"h\"}", "{\"operation\":\"write\"}",
		"{\"role\":\"b\"}", "{\"kind\":\"denial\"}", "{\"severity\":\"serious\"}", "{\"id\":\"a-7\"}",
		"{\"since\":100}", "{\"until\":100}", "{\"path\":\"/srv/**\"}", "{\"path\":\"/srv/*/y\"}",
		"{\"user\":\"alice\",\"operation\":\"write\",\"since\":50,\"until\":200}",
	};
	static const char *const no[] = {
		"{\"user\":\"bob\"}", "{\"user\":\"0\"}", "{\"user\":\"100\"}", "{\"host\":\"i\"}", "{\"operation\":\"read\"}", "{\"role\":\"a+b+c\"}",
		"{\"kind\":\"lost\"}", "{\"severity\":\"special\"}", "{\"id\":\"a-8\"}", "{\"since\":101}",
		"{\"until\":99}", "{\"path\":\"/srv/*\"}", "{\"path\":\"/etc/**\"}",
		"{\"user\":\"alice\",\"operation\":\"read\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++)
		if (!wants(yes[i]))
			fail_msg("%s", yes[i]);
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++) {
		if (wants(no[i]))
			fail_msg("%s", no[i]);
		assert_null(wrong);
	}
}

static void what_makes_no_sense_is_said(void **state)
{
	(void)state;
	assert_false(wants("{\"severity\":\"dreadful\"}"));
	assert_non_null(wrong);
	assert_false(wants("{\"path\":\"srv\"}"));
	assert_non_null(strstr(wrong, "pattern"));
	assert_false(wants("{\"path\":\"/a[\"}"));
	assert_non_null(strstr(wrong, "pattern"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_member_lets_through_and_stops),
		cmocka_unit_test(what_makes_no_sense_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
