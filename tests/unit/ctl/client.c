/* SPDX-License-Identifier: Apache-2.0 */
/* The controller away, silent, or talking nonsense */
#include "program.h"

#include "ctl/client.h"

static void without_a_controller_the_code_is_69(void **state)
{
	static struct run run;

	(void)state;
	unlink(socket_path);
	RUN(&run, "status");
	assert_int_equal(run.code, 69);
	assert_contains(run.err, socket_path);
	RUN(&run, "events", "-f");
	assert_int_equal(run.code, 69);
	RUN(&run, "can", "user:root", "read", "/etc/passwd");
	assert_int_equal(run.code, 69);
	RUN(&run, "policy", "show");
	assert_int_equal(run.code, 69);
	RUN(&run, "policy", "log");
	assert_int_equal(run.code, 69);
	RUN(&run, "revoke", "user:root");
	assert_int_equal(run.code, 69);
}

static void half_a_frame(int connection)
{
	message_free(next_request(connection));
	EXPECT(write(connection, "\x40\x00\x00\x00{\"done\":", 12) == 12);
}

static void no_answer(int connection)
{
	message_free(next_request(connection));
}

static void a_list(int connection)
{
	message_free(next_request(connection));
	EXPECT(write(connection, "\x02\x00\x00\x00[]", 6) == 6);
}

static void a_huge_frame(int connection)
{
	message_free(next_request(connection));
	EXPECT(write(connection, "\xff\xff\xff\xff{}", 6) == 6);
}

static void an_end_without_a_code(int connection)
{
	message_free(next_request(connection));
	send_json(connection, "{\"done\":true}");
}

static void a_refusal(int connection)
{
	message_free(next_request(connection));
	send_json(connection, "{\"done\":true,\"exit\":77,\"message\":\"not \\u001b[31m you\"}");
}

static void expect_code(controller_fn *answer, int code)
{
	static struct run run;
	pid_t pid = start_controller(answer, 1);

	RUN(&run, "policy", "log");
	finish_controller(pid);
	assert_int_equal(run.code, code);
	assert_true(strlen(run.err) > 0);
	assert_lacks(run.err, "\033");
	assert_string_equal(run.out, "");
}

static void broken_answers_are_trouble(void **state)
{
	(void)state;
	expect_code(half_a_frame, 69);
	expect_code(no_answer, 69);
	expect_code(a_list, 69);
	expect_code(a_huge_frame, 69);
	expect_code(an_end_without_a_code, 76);
}

static void refusals_are_passed_on(void **state)
{
	(void)state;
	expect_code(a_refusal, 77);
}

static void a_path_that_is_too_long_is_no_crash(void **state)
{
	static struct run run;
	char path[300];

	(void)state;
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(client_connect(path), -ENAMETOOLONG);
	run_program(&run, (const char *[]){ "bailiwick", "--socket", path, "status", NULL });
	assert_int_equal(run.code, 69);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_controller_the_code_is_69),
		cmocka_unit_test(broken_answers_are_trouble),
		cmocka_unit_test(refusals_are_passed_on),
		cmocka_unit_test(a_path_that_is_too_long_is_no_crash),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
