// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/commit.h: nothing waits longer than it may */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "daemon/commit.h"

static uint64_t milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Several at a time: on a busy machine this comes late, and seldom */
static int append_some(sd_event_source *source, uint64_t now, void *context)
{
	struct controller *controller = context;
	struct event event = { .kind = EVENT_CONTROLLER_START };

	for (int i = 0; i < 4; i++)
		recorder_event(controller->recorder, &event);
	return sd_event_source_set_time(source, now + 10000);
}

static void many_records_wait_for_one_sync(void **state)
{
	struct journal_options options = { .sync_delay = 300000000 };
	struct controller controller = { 0 };
	struct buffer notes = { 0 };
	const struct journal *journal;
	char directory[] = "/tmp/commit-XXXXXX", command[64];
	sd_event_source *timer;
	uint64_t begun, took;

	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_int_equal(recorder_open(directory, &options, "/nonexistent", &notes,
				       &controller.recorder), 0);
	journal = recorder_journal(controller.recorder);
	assert_true(sd_event_new(&controller.loop) >= 0);
	assert_int_equal(commit_start(&controller) < 0, 0);
	assert_true(sd_event_add_time_relative(controller.loop, &timer, CLOCK_MONOTONIC, 1000, 1000,
					       append_some, &controller) >= 0);
	sd_event_source_set_enabled(timer, SD_EVENT_ON);
	begun = milliseconds();
	while (journal_durable(journal) == 1 && milliseconds() < begun + 60000)
		assert_true(sd_event_run(controller.loop, 100000) >= 0);
	took = milliseconds() - begun;
	assert_true(took >= 250);
	assert_true(journal_durable(journal) > 3);	/* several at once */
	sd_event_source_unref(timer);
	sd_event_unref(controller.loop);
	recorder_close(controller.recorder);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_records_wait_for_one_sync),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
