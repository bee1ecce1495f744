/* SPDX-License-Identifier: Apache-2.0 */
/* What assign and revoke ask of the controller */
#include "program.h"

static void take_assign(int connection)
{
	struct message *request = next_request(connection);
	int64_t until = 0;

	EXPECT(!strcmp(message_string(request, "verb"), "assign"));
	EXPECT(!strcmp(message_string(request, "subject"), "user:root"));
	EXPECT(!strcmp(message_string(request, "role"), "clerk"));
	EXPECT(message_integer(request, "until", &until));
	EXPECT(until > time(NULL) + 3590 && until <= time(NULL) + 3600);
	message_free(request);
	send_json(connection, "{\"done\":true,\"exit\":0,\"version\":4,\"digest\":\"00\"}");
}

static void take_assign_for_good(int connection)
{
	struct message *request = next_request(connection);

	EXPECT(!message_has(request, "until"));
	message_free(request);
	send_json(connection, "{\"done\":true,\"exit\":0,\"version\":5,\"digest\":\"00\"}");
}

static void take_revoke(int connection)
{
	struct message *request = next_request(connection);

	EXPECT(!strcmp(message_string(request, "verb"), "revoke"));
	EXPECT(!strcmp(message_string(request, "subject"), "unit:nginx.service"));
	EXPECT(!message_has(request, "role"));
	message_free(request);
	send_json(connection, "{\"done\":true,\"exit\":0,\"version\":6,\"digest\":\"00\"}");
}

static void refuse_revoke(int connection)
{
	message_free(next_request(connection));
	send_json(connection, "{\"done\":true,\"exit\":1,\"message\":\"it does not hold that\"}");
}

static void refuse_role(int connection)
{
	message_free(next_request(connection));
	send_json(connection, "{\"done\":true,\"exit\":65,\"message\":\"no such role\","
		  "\"diagnostics\":\"no role 'clrek'; did you mean 'clerk'?\"}");
}

static void assigns(void **state)
{
	static struct run run;
	pid_t pid = start_controller(take_assign, 1);

	(void)state;
	RUN(&run, "assign", "user:root", "clerk", "--until", "1h");
	finish_controller(pid);
	assert_int_equal(run.code, 0);
	assert_string_equal(run.out, "user:root now holds clerk (policy version 4)\n");
	pid = start_controller(take_assign_for_good, 1);
	RUN(&run, "assign", "--json", "user:root", "clerk");
	finish_controller(pid);
	assert_string_equal(run.out, "{\"done\":true,\"version\":5,\"digest\":\"00\"}\n");
}

static void revokes(void **state)
{
	static struct run run;
	pid_t pid = start_controller(take_revoke, 1);

	(void)state;
	RUN(&run, "revoke", "unit:nginx.service");
	finish_controller(pid);
	assert_int_equal(run.code, 0);
	assert_contains(run.out, "policy version 6");
}

static void passes_refusals_on(void **state)
{
	static struct run run;
	pid_t pid = start_controller(refuse_revoke, 1);

	(void)state;
	RUN(&run, "revoke", "user:root", "clerk");
	finish_controller(pid);
	assert_int_equal(run.code, 1);
	assert_contains(run.err, "it does not hold that");
	pid = start_controller(refuse_role, 1);
	RUN(&run, "assign", "user:root", "clrek");
	finish_controller(pid);
	assert_int_equal(run.code, 65);
	assert_contains(run.err, "did you mean 'clerk'?");
	assert_string_equal(run.out, "");
}

static void an_end_in_the_past_is_no_end(void **state)
{
	static struct run run;

	(void)state;
	RUN(&run, "assign", "user:root", "clerk", "--until", "1999-12-31T18:00:00Z");
	assert_int_equal(run.code, 64);
	assert_contains(run.err, "over already");
	RUN(&run, "assign", "user:root", "clerk", "--until", "soon");
	assert_int_equal(run.code, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(assigns),
		cmocka_unit_test(revokes),
		cmocka_unit_test(passes_refusals_on),
		cmocka_unit_test(an_end_in_the_past_is_no_end),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
