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
#include <unistd.h>

#include "daemon/sweep.h"

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

static int two_files(void *context, finding_fn *found, void *found_context)
{
	struct finding finding = { .item = { .what = REPORT_FILE, .pid = 0x7ffffff0, .fd = 3 } };

	(void)context;
	if (found(found_context, &finding))
		return -EINVAL;
	return found(found_context, &finding);
}

static int one_and_trouble(void *context, finding_fn *found, void *found_context)
{
	two_files(context, found, found_context);
	return -ENOSYS;
}

static int dies(void *context, finding_fn *found, void *found_context)
{
	two_files(context, found, found_context);
	abort();
}

static int hangs(void *context, finding_fn *found, void *found_context)
{
	(void)context;
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
	assert_int_equal(report_next(last, &at, &line), 1);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_found_is_reported, set_up, tear_down),
		cmocka_unit_test_setup_teardown(trouble_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_child_that_dies_is_no_clean_bill, set_up, tear_down),
		cmocka_unit_test_setup_teardown(time_is_limited, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
