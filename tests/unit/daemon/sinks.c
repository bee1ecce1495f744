// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/sinks.h: real processes, killed, stopped and left alone */
#include "tests/unit/daemon/sinking.h"

#include <unistd.h>

#include "tests/unit/daemon/offspring.h"

#define FILE_SINK "[sink file]\nTYPE=file\nFILE=@/events.json\nRETRY_MAX=1\n"

static void events_arrive_and_a_restart_goes_on(void **state)
{
	char *text;

	(void)state;
	start_recorder(NULL);
	configure(FILE_SINK);
	record(20);
	start_sinks();
	assert_int_equal(status_of(0).lag, 20);
	assert_true(run_until_delivered(0));
	assert_true(status_of(0).up);
	assert_int_equal(status_of(0).delivered, 20);
	assert_true(status_of(0).last_delivery > 0);
	assert_string_equal(status_of(0).error, "");
	assert_false(status_of(0).recovered);
	record(300);
	assert_true(run_until_delivered(0));
	stop_sinks();
	record(5);
	start_sinks();
	assert_int_equal(status_of(0).lag, 5);
	assert_true(run_until_delivered(0));
	text = slurp("events.json");
	assert_each(text, 1, 325, 1, 1);
	assert_non_null(strstr(text, "\"chain\":\""));
	free(text);
}

static void what_is_not_on_disk_is_not_sent(void **state)
{
	struct event event = { .kind = EVENT_MODULE, .message = "event number 2" };

	(void)state;
	start_recorder(&(struct journal_options){ .sync_delay = 3600ull * 1000000000 });
	configure(FILE_SINK);
	record(1);
	start_sinks();
	recorder_event(recorder, &event);
	sinks_pump(sinks);
	assert_true(run_until_delivered(0));
	run_for(0.3);
	assert_int_equal(status_of(0).next, 2);
	recorder_sync(recorder);
	sinks_pump(sinks);
	assert_true(run_until_delivered(0));
	assert_int_equal(status_of(0).next, 3);
}

static void a_dead_one_delays_no_other(void **state)
{
	char path[128], *text;

	(void)state;
	start_recorder(NULL);
	configure("[sink dead]\nTYPE=file\nFILE=@/later/events.json\nRETRY_MAX=1\n" FILE_SINK);
	start_sinks();
	record(2000);
	assert_true(run_until_delivered(1));
	assert_int_equal(status_of(0).next, 1);
	assert_int_equal(status_of(0).lag, 2000);
	assert_false(status_of(0).up);
	assert_non_null(strstr(status_of(0).error, "cannot be opened: No such file"));
	assert_false(status_of(0).recovered);
	snprintf(path, sizeof(path), "%s/later", directory);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_true(run_until_delivered(0));
	/* what was wrong is not forgotten, and said to be over */
	assert_non_null(strstr(status_of(0).error, "cannot be opened: No such file"));
	assert_true(status_of(0).last_error > 0);
	assert_true(status_of(0).recovered);
	text = slurp("later/events.json");
	assert_each(text, 1, 2000, 1, 1);
	free(text);
}

/* Its socket fills up; the controller goes on, and so does the other */
static void a_stopped_one_delays_no_other(void **state)
{
	pid_t stopped;
	double until;

	(void)state;
	start_recorder(NULL);
	configure("[sink stopped]\nTYPE=file\nFILE=@/s.json\n");
	start_sinks();
	record(1);
	assert_true(run_until_delivered(0));
	stopped = find_offspring();
	stop_sinks();
	configure("[sink stopped]\nTYPE=file\nFILE=@/s.json\n" FILE_SINK);
	start_sinks();
	stopped = find_offspring();
	assert_true(stopped > 0);
	kill(stopped, SIGSTOP);
	record(5000);
	for (until = seconds() + LONG; status_of(0).lag && status_of(1).lag && seconds() < until;)
		run_for(0.02);
	/* one of them was stopped, the other has all */
	assert_true((status_of(0).lag == 0) != (status_of(1).lag == 0));
	kill(stopped, SIGCONT);
	assert_true(run_until_delivered(0));
	assert_true(run_until_delivered(1));
}

/* A child other than @dead, waited for: a busy machine takes its time to end that one, too */
static pid_t await_child(pid_t dead)
{
	double begun = seconds();
	pid_t pid;

	while (((pid = find_offspring()) <= 0 || pid == dead) && seconds() - begun < LONG)
		run_for(0.02);
	return pid;
}

static void killed_again_and_again_nothing_is_lost(void **state)
{
	const int rounds = 10;
	pid_t pid = 0;
	char *text;

	(void)state;
	start_recorder(NULL);
	configure(FILE_SINK);
	start_sinks();
	srandom(5);
	for (int i = 0; i < rounds; i++) {
		record(600);
		pid = await_child(pid);
		assert_true(pid > 0);
		run_for((double)(random() % 30) / 1000);
		assert_int_equal(kill(pid, SIGKILL), 0);
		run_for(0.02);
	}
	assert_true(run_until_delivered(0));
	text = slurp("events.json");
	assert_each(text, 1, 6000, 1, rounds + 1);
	free(text);
}

static void what_a_limit_deleted_is_told(void **state)
{
	struct journal_options options = { .segment_size = 4000, .total_size = 20000 };
	char *text;

	(void)state;
	start_recorder(&options);
	configure(FILE_SINK);
	record(300);
	start_sinks();
	assert_true(run_until_delivered(0));
	recorder_sync(recorder);
	sinks_pump(sinks);
	assert_true(run_until_delivered(0));
	assert_true(status_of(0).missed > 100);
	text = slurp("events.json");
	assert_non_null(strstr(text, "left the journal before the sink file could deliver them"));
	assert_each(text, 290, 300, 1, 1);
	free(text);
}

static void what_never_can_be_delivered_is_kept_aside(void **state)
{
	struct journal_options none = { 0 };
	struct journal *journal;
	struct buffer notes = { 0 };
	char *text;

	(void)state;
	assert_int_equal(journal_open(journal_directory, &none, NULL, NULL, &notes, &journal), 0);
	journal_append(journal, &(struct journal_entry){ .time = 1, .data = "no event", .size = 8 });
	journal_close(journal);
	start_recorder(NULL);
	configure(FILE_SINK);
	record(3);
	start_sinks();
	assert_true(run_until_delivered(0));
	assert_int_equal(status_of(0).dead, 1);
	text = slurp("sink/file.dead");
	assert_string_equal(text, "# 1 it is no event\nno event\n");
	free(text);
	text = slurp("events.json");
	assert_each(text, 1, 3, 1, 1);
	free(text);
}

static void a_cursor_that_cannot_be_believed_sends_again(void **state)
{
	char path[128], *text;

	(void)state;
	start_recorder(NULL);
	configure(FILE_SINK);
	record(3);
	start_sinks();
	assert_true(run_until_delivered(0));
	stop_sinks();
	snprintf(path, sizeof(path), "%s/file.cursor", state_directory);
	assert_int_equal(truncate(path, 20), 0);
	start_sinks();
	assert_true(run_until_delivered(0));
	text = slurp("events.json");
	assert_each(text, 1, 3, 2, 2);
	free(text);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, sinking_set_up, sinking_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(events_arrive_and_a_restart_goes_on),
		TEST(what_is_not_on_disk_is_not_sent),
		TEST(a_dead_one_delays_no_other),
		TEST(a_stopped_one_delays_no_other),
		TEST(killed_again_and_again_nothing_is_lost),
		TEST(what_a_limit_deleted_is_told),
		TEST(what_never_can_be_delivered_is_kept_aside),
		TEST(a_cursor_that_cannot_be_believed_sends_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
