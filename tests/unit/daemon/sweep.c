/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of daemon/sweep.h: the child, its report and its end */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/sweep.h"
#include "lines.h"
#include "offspring.h"
#include "urgency.h"

static sd_event *loop;
static bool done;
static struct report *last;

static int set_up(void **state)
{
	(void)state;
	done = false;
	last = NULL;
	return sd_event_new(&loop) < 0;
}

static int tear_down(void **state)
{
	(void)state;
	report_unref(last);
	sd_event_unref(loop);
	return 0;
}

static void on_done(void *context, struct report *report)
{
	assert_ptr_equal(context, &loop);
	last = report_ref(report);
	done = true;
}

static void run(finder_fn *find, uint64_t seconds)
{
	struct sweep_options options = { .find = find, .seconds = seconds };
	struct sweep *sweep;
	sigset_t children;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	assert_int_equal(sweep_start(loop, &options, on_done, &loop, &sweep), 0);
	while (!done)
		assert_true(sd_event_run(loop, 10000000) > 0);
}

static int two_files(void *context, unsigned int kinds, finding_fn *found, void *found_context)
{
	struct finding finding = { .item = { .what = REPORT_FILE, .pid = 0x7ffffff0, .fd = 3 } };

	(void)context;
	if (!(kinds & FIND_FILES))
		return 0;
	if (found(found_context, &finding))
		return -EINVAL;
	return found(found_context, &finding);
}

static int one_and_trouble(void *context, unsigned int kinds, finding_fn *found, void *found_context)
{
	two_files(context, kinds, found, found_context);
	return -ENOSYS;
}

static int dies(void *context, unsigned int kinds, finding_fn *found, void *found_context)
{
	if (!(kinds & FIND_FILES))
		return 0;
	two_files(context, kinds, found, found_context);
	abort();
}

static int hangs(void *context, unsigned int kinds, finding_fn *found, void *found_context)
{
	(void)context;
	(void)kinds;
	(void)found;
	(void)found_context;
	sleep(1000);
	return 0;
}

static void what_was_found_is_reported(void **state)
{
	struct buffer line = { 0 };
	uint64_t at = 0;

	(void)state;
	run(two_files, 30);
	assert_int_equal(report_totals(last)->count[REPORT_CUT][REPORT_FILE], 2);
	assert_true(report_totals(last)->complete);
	assert_string_equal(report_totals(last)->problem, "");
	assert_int_equal(next_line(last, &at, &line), 1);
	assert_non_null(strstr(line.data, "refused whenever it is used"));
	buffer_done(&line);
}

static void trouble_is_told(void **state)
{
	(void)state;
	run(one_and_trouble, 30);
	assert_false(report_totals(last)->complete);
	assert_non_null(strstr(report_totals(last)->problem, "not everything"));
}

static void a_child_that_dies_is_no_clean_bill(void **state)
{
	(void)state;
	run(dies, 30);
	assert_false(report_totals(last)->complete);
	assert_non_null(strstr(report_totals(last)->problem, "broke off"));
	assert_int_equal(report_totals(last)->count[REPORT_CUT][REPORT_FILE], 2);
}

static void time_is_limited(void **state)
{
	(void)state;
	run(hangs, 1);
	assert_false(report_totals(last)->complete);
	assert_non_null(strstr(report_totals(last)->problem, "too long"));
}

static int busy(sd_event_source *source, void *context)
{
	(void)source;
	++*(unsigned int *)context;
	return 0;
}

/* Denials without end keep the loop busy: neither the limit nor the report waits for them */
static void a_busy_loop_puts_nothing_off(void **state)
{
	finder_fn *const finders[] = { hangs, two_files };
	unsigned int turns = 0;
	sd_event_source *source;

	(void)state;
	assert_true(sd_event_add_defer(loop, &source, busy, &turns) >= 0);
	sd_event_source_set_enabled(source, SD_EVENT_ON);
	sd_event_source_set_priority(source, SD_EVENT_PRIORITY_IMPORTANT);
	for (size_t i = 0; i < sizeof(finders) / sizeof(*finders); i++) {
		struct sweep_options options = { .find = finders[i], .seconds = i ? 30 : 1 };
		struct sweep *sweep;
		time_t end = time(NULL) + 20;

		done = false;
		assert_int_equal(sweep_start(loop, &options, on_done, &loop, &sweep), 0);
		while (!done && time(NULL) < end)
			assert_true(sd_event_run(loop, 0) >= 0);
		assert_true(done);
		assert_int_equal(report_totals(last)->complete, i == 1);
		last = report_unref(last);
	}
	assert_true(turns > 0);
	sd_event_source_unref(source);
}

/* Who is judged cannot starve who judges */
static int above_the_others(void *context, unsigned int kinds, finding_fn *found,
			    void *found_context)
{
	return urgent_now() ? two_files(context, kinds, found, found_context) : -EPERM;
}

static void the_child_is_urgent(void **state)
{
	(void)state;
	if (!urgent_possible())
		skip();
	run(above_the_others, 30);
	assert_true(report_totals(last)->complete);
}

static int waits(void *context, unsigned int kinds, finding_fn *found, void *found_context)
{
	(void)context;
	(void)kinds;
	(void)found;
	(void)found_context;
	pause();
	return 0;
}

/* With one processor, and that kept, the child cannot have done anything for itself yet */
static void its_first_turn_is_urgent(void **state)
{
	const struct sched_param lowest = { .sched_priority = 1 }, none = { 0 };
	struct sweep_options options = { .find = waits, .seconds = 30 };
	struct sweep *sweep;
	cpu_set_t before, one;
	int r, policy;

	(void)state;
	if (!urgent_possible())
		skip();
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_int_equal(sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &lowest), 0);
	r = sweep_start(loop, &options, on_done, &loop, &sweep);
	policy = r == 0 ? sched_getscheduler(find_offspring()) : -1;
	sched_setscheduler(0, SCHED_OTHER, &none);
	sched_setaffinity(0, sizeof(before), &before);
	assert_int_equal(r, 0);
	sweep_stop(sweep);
	assert_int_equal(policy & ~SCHED_RESET_ON_FORK, SCHED_RR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_found_is_reported, set_up, tear_down),
		cmocka_unit_test_setup_teardown(trouble_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_child_that_dies_is_no_clean_bill, set_up, tear_down),
		cmocka_unit_test_setup_teardown(time_is_limited, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_busy_loop_puts_nothing_off, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_child_is_urgent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(its_first_turn_is_urgent, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
