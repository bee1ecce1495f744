/* SPDX-License-Identifier: Apache-2.0 */
/* The history, a line each */
#include "program.h"

static void two_entries(int connection)
{
	struct message *request = next_request(connection);
	int64_t limit = 0;

	EXPECT(!strcmp(message_string(request, "verb"), "log"));
	EXPECT(message_integer(request, "limit", &limit) && limit == 2);
	message_free(request);
	send_json(connection, "{\"record\":{\"time\":1767200400,\"version\":1,\"change\":\"apply\","
		  "\"detail\":\"3 files\",\"outcome\":\"done\",\"uid\":0,\"loginuid\":1000}}");
	send_json(connection, "{\"record\":{\"time\":1767200401,\"version\":2,\"change\":\"assign\","
		  "\"detail\":\"user:a\\u001b[2J clerk\",\"outcome\":\"done\",\"uid\":0}}");
	send_json(connection, "{\"done\":true,\"exit\":0}");
}

static void prints_entries(void **state)
{
	static struct run run;
	pid_t pid = start_controller(two_entries, 2);

	(void)state;
	RUN(&run, "policy", "log", "-n", "2");
	assert_int_equal(run.code, 0);
	assert_contains(run.out, "2025-12-31T17:00:00Z  v1  apply 3 files: done  (uid 0, login uid 1000)\n");
	assert_contains(run.out, "v2  assign user:a");
	assert_lacks(run.out, "\033");
	RUN(&run, "policy", "log", "-n", "2", "--json");
	finish_controller(pid);
	assert_int_equal(run.code, 0);
	assert_contains(run.out, "{\"time\":1767200400,\"version\":1,");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_entries),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
