/* SPDX-License-Identifier: Apache-2.0 */
/* The assignments file the controller hands to the compiler */
#include "program.h"

#include "ctl/assignments.h"

static int parse(const char *text, struct assignments *ret)
{
	return assignments_parse(text, strlen(text), ret);
}

static void reads_lines(void **state)
{
	struct assignments all = { 0 };

	(void)state;
	assert_int_equal(parse("{\"subject\":\"user:alice\",\"role\":\"clerk\"}\n"
			       "\n"
			       "{\"subject\":\"user:bob\",\"hold\":\"none\"}\n"
			       "{\"subject\":\"group:x\",\"role\":\"web\",\"until\":1767200400}", &all), 0);
	assert_int_equal(all.given_count, 2);
	assert_string_equal(all.given[0].subject, "user:alice");
	assert_string_equal(all.given[0].role, "clerk");
	assert_int_equal(all.given[0].until, 0);
	assert_string_equal(all.given[1].subject, "group:x");
	assert_int_equal(all.given[1].until, 1767200400);
	assert_int_equal(all.held_count, 1);
	assert_string_equal(all.held[0], "user:bob");
	assignments_done(&all);
}

static void reads_what_the_policy_files_no_longer_give(void **state)
{
	struct assignments all = { 0 };

	(void)state;
	assert_int_equal(parse("{\"subject\":\"user:alice\",\"drop\":\"clerk\"}\n"
			       "{\"subject\":\"user:bob\",\"drop\":\"\"}\n", &all), 0);
	assert_int_equal(all.given_count + all.held_count, 0);
	assert_int_equal(all.dropped_count, 2);
	assert_string_equal(all.dropped[0].subject, "user:alice");
	assert_string_equal(all.dropped[0].role, "clerk");
	assert_null(all.dropped[1].role);
	assignments_done(&all);
}

static void nothing_is_no_assignment(void **state)
{
	struct assignments all = { 0 };

	(void)state;
	assert_int_equal(parse("", &all), 0);
	assert_int_equal(all.given_count + all.held_count, 0);
	assignments_done(&all);
	assert_int_equal(parse("\n\n", &all), 0);
	assert_int_equal(all.given_count + all.held_count, 0);
	assignments_done(&all);
}

static void names_the_line_that_is_wrong(void **state)
{
	static const char *const wrong[] = {
		"nonsense",
		"[]",
		"{\"subject\":\"user:alice\"}",
		"{\"role\":\"clerk\"}",
		"{\"subject\":\"user:alice\",\"role\":\"clerk\",\"hold\":\"none\"}",
		"{\"subject\":\"user:alice\",\"hold\":\"clerk\"}",
		"{\"subject\":\"user:alice\",\"role\":\"clerk\",\"drop\":\"clerk\"}",
		"{\"subject\":\"user:alice\",\"role\":\"clerk\",\"until\":\"tomorrow\"}",
		"{\"subject\":\"user:alice\",\"role\":\"clerk\",\"until\":-1}",
		"{\"subject\":7,\"role\":\"clerk\"}",
	};
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct assignments all = { 0 };

		snprintf(text, sizeof(text), "{\"subject\":\"user:a\",\"role\":\"r\"}\n%s\n", wrong[i]);
		assert_int_equal(parse(text, &all), 2);
		assert_null(all.given);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_lines),
		cmocka_unit_test(reads_what_the_policy_files_no_longer_give),
		cmocka_unit_test(nothing_is_no_assignment),
		cmocka_unit_test(names_the_line_that_is_wrong),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
