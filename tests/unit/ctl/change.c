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

/* --- the report ------------------------------------------------------------------ */

static void send_report(int connection)
{
	static const char final[] =
		"{\"done\":true,\"exit\":0,\"version\":6,\"digest\":\"00\",\"report\":{\"cut\":"
		"{\"connection\":1,\"file\":103},\"kept\":{\"mapping\":1},\"ended\":{},\"holders\":1,"
		"\"unlisted\":3,\"microseconds\":5,\"complete\":false,\"problem\":\"it broke off\"},"
		"\"times\":{\"arrived\":17,\"switched\":4}}";
	struct message *request = next_request(connection), *message = NULL;
	int fd;

	EXPECT(message_boolean(request, "kill") == !message_has(request, "subject"));
	message_free(request);
	fd = memfd_create("report", MFD_CLOEXEC);
	dprintf(fd, "{\"fate\":\"cut\",\"what\":\"connection\",\"pid\":7,\"uid\":1002,"
		"\"comm\":\"curl\\u001b[2J\",\"proto\":\"tcp\",\"local\":\"10.0.0.1\",\"local_port\":4711,"
		"\"peer\":\"fd20::9\",\"peer_port\":22,\"how\":\"destroyed\"}\n");
	for (int i = 0; i < 100; i++)
		dprintf(fd, "{\"fate\":\"cut\",\"what\":\"file\",\"pid\":%d,"
			"\"uid\":1002,\"comm\":\"cat\",\"fd\":3,\"path\":\"/srv/x\",\"how\":\"refused\"}\n",
			100 + i);
	/* the last is cut short: it is none */
	dprintf(fd, "{\"fate\":\"kept\",\"what\":\"mapping\",\"pid\":7,\"uid\":1002,"
		"\"comm\":\"curl\",\"path\":\"/srv/\\u202ex\",\"start\":\"0x1\",\"end\":\"0x2\","
		"\"protection\":\"r--\",\"how\":\"mapped\"}\n{\"fate\":\"kept\"");
	EXPECT(message_parse(final, strlen(final), &message) == 0);
	EXPECT(message_add_fd(message, fd) == 0);
	EXPECT(message_send(connection, message) == 0);
	message_free(message);
}

static void what_was_taken_back_is_shown(void **state)
{
	static struct run run;
	pid_t pid = start_controller(send_report, 1);

	(void)state;
	RUN(&run, "revoke", "user:root");
	finish_controller(pid);
	assert_int_equal(run.code, 0);
	assert_contains(run.out, "taken back: 104\n");
	assert_contains(run.out, "    connection tcp with [fd20::9]:22: destroyed\n"
			"        curl<U+001B>[2J[7] uid 1002\n");
	assert_contains(run.out, "    100 × file /srv/x: refused\n        cat[100] uid 1002, "
			"cat[101] uid 1002, cat[102] uid 1002 and 97 more processes\n");
	assert_contains(run.out, "and 3 more; --json lists them");
	assert_contains(run.out, "not taken back: 1\n    mapping /srv/<U+202E>x r--: mapped\n");
	assert_contains(run.out, "it broke off\n");
	assert_contains(run.out, "`bailiwick revoke --kill` ends the process that still holds");
}

static void the_report_is_in_the_json(void **state)
{
	static struct run run;
	struct message *message = NULL;
	pid_t pid = start_controller(send_report, 1);

	(void)state;
	RUN(&run, "revoke", "--json", "--kill");
	finish_controller(pid);
	assert_int_equal(run.code, 0);
	assert_int_equal(message_parse(run.out, strlen(run.out) - 1, &message), 0);
	assert_int_equal(message_count(message, "report.cut"), 101);
	assert_int_equal(message_count(message, "report.kept"), 1);
	assert_int_equal(message_count(message, "report.ended"), 0);
	assert_string_equal(message_string(message, "report.kept.0.what"), "mapping");
	assert_string_equal(message_string(message, "report.totals.problem"), "it broke off");
	assert_true(message_has(message, "times.switched"));
	message_free(message);
}

static void nobody_is_killed_for_want_of_a_word(void **state)
{
	static struct run run;

	(void)state;
	RUN(&run, "revoke");
	assert_int_equal(run.code, 64);
	RUN(&run, "assign", "user:root", "--kill");
	assert_int_equal(run.code, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(assigns),
		cmocka_unit_test(revokes),
		cmocka_unit_test(passes_refusals_on),
		cmocka_unit_test(an_end_in_the_past_is_no_end),
		cmocka_unit_test(what_was_taken_back_is_shown),
		cmocka_unit_test(the_report_is_in_the_json),
		cmocka_unit_test(nobody_is_killed_for_want_of_a_word),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
