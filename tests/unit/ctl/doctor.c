/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: a verdict on the machine the tests run on */
#include "program.h"

static void the_exit_code_is_the_verdict(void **state)
{
	struct message *answer = NULL;
	static struct run run;

	(void)state;
	RUN(&run, "doctor", "--json");
	assert_int_equal(message_parse(run.out, strlen(run.out), &answer), 0);
	assert_true(message_has(answer, "can_enforce"));
	assert_int_equal(run.code, message_boolean(answer, "can_enforce") ? 0 : 1);
	assert_true(message_count(answer, "findings") >= 5);
	message_free(answer);
}

static void text_has_a_line_for_each_finding(void **state)
{
	static struct run text, json;
	struct message *answer = NULL;
	char path[64];
	size_t i;

	(void)state;
	RUN(&json, "doctor", "--json");
	RUN(&text, "doctor");
	assert_int_equal(text.code, json.code);
	assert_int_equal(message_parse(json.out, strlen(json.out), &answer), 0);
	for (i = 0; i < message_count(answer, "findings"); i++) {
		snprintf(path, sizeof(path), "findings.%zu.name", i);
		assert_non_null(message_string(answer, path));
		assert_contains(text.out, message_string(answer, path));
	}
	assert_contains(text.out, text.code ? "cannot enforce" : "can enforce");
	message_free(answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_exit_code_is_the_verdict),
		cmocka_unit_test(text_has_a_line_for_each_finding),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
