/* SPDX-License-Identifier: Apache-2.0 */
/* Events: filters are passed on, and a restart of the controller loses nothing */
#include "program.h"

static void send_event(int connection, const char *journal, int number)
{
	char json[512];

	snprintf(json, sizeof(json),
		 "{\"record\":{\"id\":\"%s-%d\",\"seq\":%d,\"time\":\"2026-03-01T10:20:30.5Z\","
		 "\"kind\":\"denial\",\"severity\":\"serious\"},\"text\":\"event %s-%d \\u001b[2J\"}",
		 journal, number, number, journal, number);
	send_json(connection, json);
}

static void three_events(int connection)
{
	struct message *request = next_request(connection);
	int64_t number = 0;

	EXPECT(!strcmp(message_string(request, "verb"), "events"));
	EXPECT(!message_boolean(request, "follow"));
	EXPECT(message_integer(request, "since", &number) && number == 86400);
	EXPECT(message_integer(request, "limit", &number) && number == 3);
	EXPECT(!strcmp(message_string(request, "severity"), "serious"));
	EXPECT(!strcmp(message_string(request, "role"), "web"));
	message_free(request);
	for (number = 1; number <= 3; number++)
		send_event(connection, "aaaaaaaa", (int)number);
	send_json(connection, "{\"done\":true,\"exit\":0}");
}

static void prints_what_was_asked_for(void **state)
{
	static struct run run;
	pid_t pid = start_controller(three_events, 2);

	(void)state;
	RUN(&run, "events", "--since", "1970-01-02T00:00:00Z", "--severity", "serious", "--role",
	    "web", "-n", "3");
	assert_int_equal(run.code, 0);
	assert_contains(run.out, "event aaaaaaaa-1");
	assert_contains(run.out, "event aaaaaaaa-3");
	assert_lacks(run.out, "\033");
	RUN(&run, "events", "--json", "--since", "1970-01-02T00:00:00Z", "--severity", "serious",
	    "--role", "web", "-n", "3");
	finish_controller(pid);
	assert_int_equal(run.code, 0);
	assert_contains(run.out, "\"id\":\"aaaaaaaa-2\"");
	assert_lacks(run.out, "event aaaaaaaa-2");
}

/* The connection breaks after three, after five, and ends with a refusal after six. */
static void restarting(int connection)
{
	static int round;
	struct message *request = next_request(connection);
	int64_t since = -1;
	int number;

	EXPECT(message_boolean(request, "follow"));
	if (round > 0) {
		EXPECT(message_integer(request, "since", &since));
		EXPECT(!message_has(request, "limit"));
	}
	message_free(request);
	for (number = round == 0 ? 1 : 2; number <= 3 + 2 * (round > 0); number++)
		send_event(connection, "aaaaaaaa", number);
	if (round == 2) {
		/* a journal begun anew counts from one again */
		send_event(connection, "bbbbbbbb", 1);
		send_json(connection, "{\"done\":true,\"exit\":77,\"message\":\"enough\"}");
	}
	round++;
}

static void a_restart_neither_loses_nor_repeats(void **state)
{
	static struct run run;
	pid_t pid = start_controller(restarting, 3);

	(void)state;
	RUN(&run, "events", "--follow", "--json");
	finish_controller(pid);
	assert_int_equal(run.code, 77);
	assert_string_equal(run.out,
		"{\"id\":\"aaaaaaaa-1\",\"seq\":1,\"time\":\"2026-03-01T10:20:30.5Z\",\"kind\":\"denial\",\"severity\":\"serious\"}\n"
		"{\"id\":\"aaaaaaaa-2\",\"seq\":2,\"time\":\"2026-03-01T10:20:30.5Z\",\"kind\":\"denial\",\"severity\":\"serious\"}\n"
		"{\"id\":\"aaaaaaaa-3\",\"seq\":3,\"time\":\"2026-03-01T10:20:30.5Z\",\"kind\":\"denial\",\"severity\":\"serious\"}\n"
		"{\"id\":\"aaaaaaaa-4\",\"seq\":4,\"time\":\"2026-03-01T10:20:30.5Z\",\"kind\":\"denial\",\"severity\":\"serious\"}\n"
		"{\"id\":\"aaaaaaaa-5\",\"seq\":5,\"time\":\"2026-03-01T10:20:30.5Z\",\"kind\":\"denial\",\"severity\":\"serious\"}\n"
		"{\"id\":\"bbbbbbbb-1\",\"seq\":1,\"time\":\"2026-03-01T10:20:30.5Z\",\"kind\":\"denial\",\"severity\":\"serious\"}\n");
}

static void broken(int connection)
{
	message_free(next_request(connection));
	send_event(connection, "aaaaaaaa", 1);
}

static void without_follow_a_break_is_an_error(void **state)
{
	static struct run run;
	pid_t pid = start_controller(broken, 1);

	(void)state;
	RUN(&run, "events");
	finish_controller(pid);
	assert_int_equal(run.code, 69);
	assert_contains(run.out, "aaaaaaaa-1");
}

static void filters_that_mean_nothing_are_refused(void **state)
{
	static struct run run;

	(void)state;
	RUN(&run, "events", "--severity", "serios");
	assert_int_equal(run.code, 64);
	assert_contains(run.err, "did you mean 'serious'?");
	RUN(&run, "events", "-n", "0");
	assert_int_equal(run.code, 64);
	RUN(&run, "events", "--since", "yesterday");
	assert_int_equal(run.code, 64);
	RUN(&run, "events", "--kind", "denail");
	assert_int_equal(run.code, 64);
	assert_contains(run.err, "denial, policy-applied");
}

static void nothing(int connection)
{
	message_free(next_request(connection));
	send_json(connection, "{\"done\":true,\"exit\":0}");
}

static void an_id_of_no_event_is_a_negative_answer(void **state)
{
	static struct run run;
	pid_t pid = start_controller(nothing, 2);

	(void)state;
	RUN(&run, "events", "--id", "aaaaaaaa-9");
	assert_int_equal(run.code, 1);
	assert_contains(run.err, "there is no event aaaaaaaa-9");
	RUN(&run, "events", "--kind", "denial");
	assert_int_equal(run.code, 0);
	finish_controller(pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_what_was_asked_for),
		cmocka_unit_test(a_restart_neither_loses_nor_repeats),
		cmocka_unit_test(without_follow_a_break_is_an_error),
		cmocka_unit_test(an_id_of_no_event_is_a_negative_answer),
		cmocka_unit_test(filters_that_mean_nothing_are_refused),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
