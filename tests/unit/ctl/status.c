/* SPDX-License-Identifier: Apache-2.0 */
/* What status makes of the controller's record */
#include "program.h"

/* What no kernel mediates is told behind what this one lacks */
#define ALWAYS "\"not_mediated\":[\"look-ups: names can be learned.\"],"

#define RECORD(state, sealed, gaps)							\
	"{\"record\":{\"host\":\"web1\",\"kernel\":\"6.1.0\",\"controller\":"		\
	"{\"version\":\"0.1.0\",\"pid\":412,\"since\":1767200400,\"start\":\"takeover\"}," \
	"\"state\":\"" state "\",\"policy\":{\"version\":7,\"digest\":"			\
	"\"0123456789abcdef0123456789abcdef\",\"since\":1767200400,\"files\":[],\"rows\":5," \
	"\"roles\":4,\"labels\":33,\"subjects\":6,\"size\":4096},\"module\":{\"present\":true," \
	"\"held\":true,\"sealed\":" sealed ",\"switches\":2,\"epoch\":3},\"slot_size\":8388608," \
	"\"hooks\":{\"attached\":40,\"tested\":true,\"denied_canary\":38,\"not_tried\":2},\"not_enforced\":[" gaps "]," ALWAYS	\
	"\"events\":{\"sequence\":9,\"denials\":9,\"self_test\":42,\"recorded\":8,\"lost\":1,\"ring_full\":1," \
	"\"counters_full\":0},\"journal\":{\"records\":8,\"bytes\":2048}}}"

static void enforcing(int connection)
{
	struct message *request = next_request(connection);

	EXPECT(!strcmp(message_string(request, "verb"), "status"));
	message_free(request);
	send_json(connection, RECORD("enforcing", "false",
		  "\"sctp: no hook \\u001b[2J here\",\"binder: not in this kernel\""));
	send_json(connection, "{\"done\":true,\"exit\":0}");
}

static void unconfined(int connection)
{
	message_free(next_request(connection));
	send_json(connection, RECORD("unconfined", "true", ""));
	send_json(connection, "{\"done\":true,\"exit\":0}");
}

static void tells_what_is_enforced_and_what_is_not(void **state)
{
	static struct run run;
	pid_t pid = start_controller(enforcing, 1);

	(void)state;
	RUN(&run, "status");
	finish_controller(pid);
	assert_int_equal(run.code, 0);
	assert_contains(run.out, "enforcing");
	assert_contains(run.out, "version 7");
	assert_contains(run.out, "0123456789abcdef");
	assert_contains(run.out, "40 attached; 38 denied their canary, 2 cannot be tried");
	assert_contains(run.out, "unsealed");
	assert_contains(run.out, "9 denials counted (42 more by the hook self-test), 8 events recorded");
	assert_contains(run.out, "1 lost");
	assert_contains(run.out, "4 roles in 5 rows, 33 labels, 6 subjects, 4.0 KiB of 8.0 MiB");
	assert_contains(run.out, "2025-12-31T17:00:00Z");
	assert_contains(run.out, "NOT ENFORCED: sctp: no hook");
	assert_contains(run.out, "NOT ENFORCED: binder: not in this kernel");
	assert_contains(run.out, "NOT ENFORCED on this machine (2)");
	assert_contains(run.out, "NOT ENFORCED on any machine (1), explained in "
				 "/usr/share/doc/bailiwick/NOT-MEDIATED.md\n"
				 "  NOT ENFORCED: look-ups: names can be learned.\n");
	assert_true(strstr(run.out, "binder") < strstr(run.out, "look-ups"));
	assert_lacks(run.out, "\033");
	assert_string_equal(run.err, "");
}

static void says_loudly_that_nothing_is_confined(void **state)
{
	static struct run run;
	pid_t pid = start_controller(unconfined, 1);

	(void)state;
	RUN(&run, "status");
	finish_controller(pid);
	assert_int_equal(run.code, 0);
	assert_contains(run.out, "UNCONFINED");
	assert_contains(run.out, "sealed until reboot");
	assert_lacks(run.out, "unsealed");
	assert_lacks(run.out, "NOT ENFORCED on this machine");
	assert_contains(run.out, "NOT ENFORCED on any machine");
}

static void failed(int connection)
{
	message_free(next_request(connection));
	send_json(connection, RECORD("failed", "false", ""));
	send_json(connection, "{\"done\":true,\"exit\":0}");
}

static void failed_enforcement_is_a_negative_answer(void **state)
{
	static struct run run;
	pid_t pid = start_controller(failed, 1);

	(void)state;
	RUN(&run, "status");
	finish_controller(pid);
	assert_int_equal(run.code, 1);
	assert_contains(run.out, "FAILED");
}

static void naming(int connection)
{
	message_free(next_request(connection));
	send_json(connection, "{\"record\":{\"host\":\"web1\",\"kernel\":\"6.1.0\",\"state\":\"enforcing\","
		  "\"names\":[{\"name\":\"db.example\",\"state\":\"fresh\",\"addresses\":[\"192.0.2.1\","
		  "\"2001:db8::1\"],\"age\":7,\"expires\":\"2026-01-01T00:00:00Z\",\"kept_until\":\"x\","
		  "\"refused\":[\"127.0.0.1\"]},{\"name\":\"old.example\",\"state\":\"kept\","
		  "\"addresses\":[\"192.0.2.2\"],\"age\":90,\"expires\":\"x\",\"kept_until\":"
		  "\"2026-01-01T01:00:00Z\",\"problem\":\"no server \\u001b[2J\"},{\"name\":\"gone.example\","
		  "\"state\":\"unresolved\",\"addresses\":[],\"problem\":\"there is no such name\"}]}}");
	send_json(connection, "{\"done\":true,\"exit\":0}");
}

static void names_are_shown_with_what_they_stand_for(void **state)
{
	static struct run run;
	pid_t pid = start_controller(naming, 1);

	(void)state;
	RUN(&run, "status");
	finish_controller(pid);
	assert_contains(run.out, "names       db.example: 192.0.2.1, 2001:db8::1, 7 s old, expires "
			"2026-01-01T00:00:00Z; not believed: 127.0.0.1\n"
			"            old.example: 192.0.2.2, 90 s old, kept until 2026-01-01T01:00:00Z "
			"(no server ");
	assert_contains(run.out, "            gone.example: no address, it names nobody "
			"(there is no such name)\n");
	assert_null(strchr(run.out, 033));
}

static void sinking(int connection)
{
	message_free(next_request(connection));
	send_json(connection, "{\"record\":{\"host\":\"web1\",\"kernel\":\"6.1.0\",\"state\":\"enforcing\","
		  "\"sinks\":[{\"name\":\"well\",\"type\":\"file\",\"cursor\":9},"
		  "{\"name\":\"flaps\",\"type\":\"syslog\",\"cursor\":9,\"error\":\"the peer \\u001b[2J went\","
		  "\"last_error\":1767200400,\"recovered\":true},{\"name\":\"down\",\"type\":\"syslog\","
		  "\"cursor\":1,\"lag\":8,\"error\":\"nobody there\",\"last_error\":1767200400,"
		  "\"recovered\":false}]}}");
	send_json(connection, "{\"done\":true,\"exit\":0}");
}

static void a_sink_that_flaps_is_told_from_one_that_is_down(void **state)
{
	static struct run run;
	pid_t pid = start_controller(sinking, 1);

	(void)state;
	RUN(&run, "status");
	finish_controller(pid);
	assert_contains(run.out, "sinks       well (file): delivered up to 9, nothing waits\n"
			"            flaps (syslog): delivered up to 9, nothing waits\n"
			"            recovered; last trouble 2025-12-31T17:00:00Z: the peer ");
	assert_contains(run.out, "            down (syslog): delivered up to 1, 8 behind\n"
			"            trouble 2025-12-31T17:00:00Z: nobody there\n");
	assert_null(strchr(run.out, 033));
}

static void json_is_the_record(void **state)
{
	struct message *record = NULL;
	static struct run run;
	int64_t number;
	pid_t pid = start_controller(enforcing, 1);

	(void)state;
	RUN(&run, "status", "--json");
	finish_controller(pid);
	assert_int_equal(run.code, 0);
	assert_int_equal(message_parse(run.out, strlen(run.out), &record), 0);
	assert_true(message_integer(record, "policy.version", &number));
	assert_int_equal(number, 7);
	assert_int_equal(message_count(record, "not_enforced"), 2);
	assert_false(message_boolean(record, "module.sealed"));
	message_free(record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_is_enforced_and_what_is_not),
		cmocka_unit_test(says_loudly_that_nothing_is_confined),
		cmocka_unit_test(failed_enforcement_is_a_negative_answer),
		cmocka_unit_test(names_are_shown_with_what_they_stand_for),
		cmocka_unit_test(a_sink_that_flaps_is_told_from_one_that_is_down),
		cmocka_unit_test(json_is_the_record),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
