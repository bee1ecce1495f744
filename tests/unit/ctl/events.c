/* SPDX-License-Identifier: Apache-2.0 */
/* Events: filters are passed on, and a restart of the controller loses nothing */
#include "denial.h"

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

/* --- filters ------------------------------------------------------------------------- */

static void all_filters(int connection)
{
	static const char *const words[][2] = {
		{ "verb", "events" }, { "user", "1000" }, { "host", "web1" },
		{ "operation", "net-connect" }, { "path", "/srv/**" }, { "severity", "special" },
		{ "role", "web" }, { "kind", "denial" },
	};
	struct message *request = next_request(connection);
	int64_t number = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		EXPECT(message_string(request, words[i][0]) &&
		       !strcmp(message_string(request, words[i][0]), words[i][1]));
	EXPECT(message_integer(request, "since", &number) && number == 86400);
	EXPECT(message_integer(request, "until", &number) && number == 172800);
	message_free(request);
	send_json(connection, "{\"done\":true,\"exit\":0}");
}

static void every_filter_is_passed_on(void **state)
{
	static struct run run;
	pid_t pid = start_controller(all_filters, 1);

	(void)state;
	RUN(&run, "events", "--user", "1000", "--host", "web1", "--operation", "net-connect", "--path",
	    "/srv/**", "--severity", "special", "--role", "web", "--kind", "denial", "--since",
	    "1970-01-02T00:00:00Z", "--until", "1970-01-03T00:00:00Z");
	finish_controller(pid);
	assert_int_equal(run.code, 0);
}

static void what_cannot_be_meant_is_refused(void **state)
{
	static const char *const bad[][4] = {
		{ "events", "--operation", "wrte", NULL }, { "events", "--path", "srv", NULL },
		{ "events", "-f", "--count", NULL }, { "events", "--count", "--explain", NULL },
		{ "events", "-f", "--until=1h", NULL }, { "explain", NULL, NULL, NULL },
		{ "top", "--until=1h", NULL, NULL }, { "top", "-d", "0", NULL },
		{ "top", "-n", "0", NULL }, { "top", "--role", NULL, NULL },
	};
	static struct run run;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		RUN(&run, bad[i][0], bad[i][1], bad[i][2], bad[i][3]);
		if (run.code != 64)
			fail_msg("%s %s: %d", bad[i][0], bad[i][1] ? bad[i][1] : "", run.code);
	}
	RUN(&run, "events", "--operation", "wrte");
	assert_contains(run.err, "did you mean 'write'?");
}

/* --- the summary ----------------------------------------------------------------------- */

static void some_denials(int connection)
{
	message_free(next_request(connection));
	send_denial(connection, 1, "ordinary", "{\"user\":\"alice\",\"loginuid\":1000,\"uid\":0}",
		    "{\"path\":\"/etc/shadow\"}", 1);
	send_denial(connection, 5, "ordinary", "{\"user\":\"alice\",\"loginuid\":1000,\"uid\":0}",
		    "{\"path\":\"/etc/shadow\"}", 6);
	send_denial(connection, 9, "serious", "{\"uid\":33,\"unit\":\"nginx.service\"}",
		    "{\"proto\":\"tcp\",\"address\":\"10.0.0.1\",\"port\":22}", 2);
	send_denial(connection, 11, "special", "{\"uid\":33}",
		    "{\"path\":\"/a\\u001b[2J\\u202e\\ufffd\\n7 denials\"}", 1);
	send_json(connection, "{\"record\":{\"id\":\"aaaaaaaa-12\",\"seq\":12,\"kind\":\"lost\","
		  "\"count\":40},\"text\":\"x\"}");
	send_json(connection, "{\"done\":true,\"exit\":0}");
}

static void a_summary_counts_what_events_count(void **state)
{
	static struct run run;
	pid_t pid = start_controller(some_denials, 2);

	(void)state;
	RUN(&run, "events", "--count");
	assert_int_equal(run.code, 0);
	assert_contains(run.out, "10 denials in 4 events, 1 other event\n");
	assert_contains(run.out, "40 records never came");
	assert_contains(run.out, "from 2026-03-01T10:20:01Z to 2026-03-01T10:20:11Z: 10.0 seconds, "
			"1.00 denials a second\n");
	assert_contains(run.out, "7 ordinary, 2 serious, 1 special\n");
	assert_contains(run.out, "      10  100.0  web\n");
	assert_contains(run.out, "       7   70.0  alice\n");
	assert_contains(run.out, "       2   20.0  nginx.service\n");
	assert_contains(run.out, "       1   10.0  uid 33\n");
	assert_contains(run.out, "       7   70.0  /etc/shadow\n");
	assert_contains(run.out, "       2   20.0  tcp 10.0.0.1:22\n");
	assert_contains(run.out, "/a<U+001B>[2J<U+202E>");
	assert_contains(run.out, "<U+000A>7 denials\n");
	assert_lacks(run.out, "\033");
	RUN(&run, "events", "--count", "--json");
	finish_controller(pid);
	assert_int_equal(run.code, 0);
	assert_contains(run.out, "{\"denials\":10,\"events\":4,\"other\":1,\"lost\":40,\"denied\":10,");
	assert_contains(run.out, "\"per_second\":1.000");
	assert_contains(run.out, "\"severity\":{\"ordinary\":7,\"serious\":2,\"special\":1}");
	assert_contains(run.out, "{\"name\":\"/etc/shadow\",\"count\":7,\"at_least\":7}");
	assert_lacks(run.out, "\033");
}

static void of_nothing_the_summary_is_short(void **state)
{
	static struct run run;
	pid_t pid = start_controller(nothing, 1);

	(void)state;
	RUN(&run, "events", "--count");
	finish_controller(pid);
	assert_int_equal(run.code, 0);
	assert_string_equal(run.out, "0 denials in 0 events\n");
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
		cmocka_unit_test(every_filter_is_passed_on),
		cmocka_unit_test(what_cannot_be_meant_is_refused),
		cmocka_unit_test(a_summary_counts_what_events_count),
		cmocka_unit_test(of_nothing_the_summary_is_short),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
