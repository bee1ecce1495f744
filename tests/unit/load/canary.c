/* SPDX-License-Identifier: Apache-2.0 */
/* The judge of the canary: what counts as denied, and what does not */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "load/enforcement.h"

/* What the programs counted: denials of the canary's row, by operation. */
static uint64_t counted[64];

static int fake_counts(const struct enforcement *enforcement, enforcement_count_fn *callback,
		       void *context);
#define enforcement_counts fake_counts
#include "../../../userspace/load/canary.c"

static int fake_counts(const struct enforcement *enforcement, enforcement_count_fn *callback,
		       void *context)
{
	struct bailiwick_count_key key = {
		.row = BAILIWICK_ROW_CANARY, .verdict = BAILIWICK_VERDICT_DENIED,
	};

	(void)enforcement;
	for (key.operation = 0; key.operation < BAILIWICK_OP_COUNT; key.operation++)
		callback(context, &key, counted[key.operation]);
	return 0;
}

static struct run run;

static int fresh(void **state)
{
	(void)state;
	memset(counted, 0, sizeof(counted));
	run_init(&run, NULL);
	return 0;
}

static enum canary_result result_of(const char *hook)
{
	struct canary_finding finding = {};

	snprintf(finding.hook, sizeof(finding.hook), "%s", hook);
	judge(&run, &finding);
	assert_true(finding.text[0]);
	return finding.result;
}

/* The same line the canary would write. */
static int says(const char *line)
{
	return take_line(&run, line);
}

static void a_counted_refusal_is_a_denial(void **state)
{
	(void)state;
	assert_int_equal(says("test inode_mkdir 13"), 0);
	assert_int_equal(result_of("inode_mkdir"), CANARY_NOT_DENIED);
	counted[BAILIWICK_OP_CREATE]++;
	assert_int_equal(says("test inode_mkdir 13"), 0);
	assert_int_equal(result_of("inode_mkdir"), CANARY_DENIED);
}

static void a_refusal_of_others_is_none(void **state)
{
	(void)state;
	assert_int_equal(says("test capable 1"), 0);
	assert_int_equal(result_of("capable"), CANARY_NOT_TESTED);
	counted[BAILIWICK_OP_CAPABILITY]++;
	assert_int_equal(says("test capable 1"), 0);
	assert_int_equal(result_of("capable"), CANARY_DENIED);
}

/* What one attempt raised does not speak for the next one, nor for another operation. */
static void every_refusal_has_to_be_counted(void **state)
{
	(void)state;
	counted[BAILIWICK_OP_CREATE]++;
	says("test inode_create 13");
	says("test inode_mkdir 13");
	assert_int_equal(result_of("inode_create"), CANARY_DENIED);
	assert_int_equal(result_of("inode_mkdir"), CANARY_NOT_DENIED);
	counted[BAILIWICK_OP_CREATE]++;
	says("test inode_unlink 13");
	assert_int_equal(result_of("inode_unlink"), CANARY_NOT_DENIED);
}

/* A twin that is refused by mistake raises a counter as well. */
static void twins_do_not_speak_for_attempts(void **state)
{
	(void)state;
	counted[BAILIWICK_OP_READ]++;
	says("twin file_open 13");
	says("test file_open 13");
	assert_int_equal(result_of("file_open"), CANARY_NOT_DENIED);
}

static void what_goes_through_is_not_denied(void **state)
{
	(void)state;
	counted[BAILIWICK_OP_READ]++;
	says("test file_open 0");
	assert_int_equal(result_of("file_open"), CANARY_NOT_DENIED);
	/* Refused by the kernel for its own reasons, behind the hook. */
	counted[BAILIWICK_OP_READ]++;
	says("test file_open 2");
	assert_int_equal(result_of("file_open"), CANARY_NOT_DENIED);
}

static void the_twin_must_work(void **state)
{
	(void)state;
	counted[BAILIWICK_OP_READ]++;
	says("test file_open 13");
	says("twin file_open 13");
	assert_int_equal(result_of("file_open"), CANARY_NOT_DENIED);
	says("twin file_open 0");
	assert_int_equal(result_of("file_open"), CANARY_DENIED);
}

static void what_was_not_tried_is_not_tested(void **state)
{
	(void)state;
	assert_int_equal(result_of("file_open"), CANARY_NOT_TESTED);
	says("skip file_lock 0");
	assert_int_equal(result_of("file_lock"), CANARY_NOT_TESTED);
	assert_int_equal(result_of("a_hook_of_the_future"), CANARY_NOT_TESTED);
	assert_int_equal(result_of("task_alloc"), CANARY_NOT_TESTED);
}

static void strange_lines_are_refused(void **state)
{
	(void)state;
	assert_int_equal(says(""), -EPROTO);
	assert_int_equal(says("test"), -EPROTO);
	assert_int_equal(says("test file_open"), -EPROTO);
	assert_int_equal(says("test no_such_hook 13"), -EPROTO);
	assert_int_equal(says("test aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1"),
			 -EPROTO);
	assert_false(run.done);
	assert_int_equal(says("done - 0"), 0);
	assert_true(run.done);
}

static void only_the_canarys_denials_count(void **state)
{
	struct bailiwick_count_key key = {
		.row = BAILIWICK_ROW_CANARY,
		.operation = BAILIWICK_OP_READ,
		.verdict = BAILIWICK_VERDICT_DENIED,
	};
	uint64_t sums[BAILIWICK_OP_COUNT] = {};

	(void)state;
	add_denial(sums, &key, 3);
	key.row = BAILIWICK_ROW_NONE;
	add_denial(sums, &key, 10);
	key.row = BAILIWICK_ROW_CANARY;
	key.verdict = BAILIWICK_VERDICT_AUDITED;
	add_denial(sums, &key, 10);
	key.verdict = BAILIWICK_VERDICT_DENIED;
	key.operation = BAILIWICK_OP_COUNT;
	add_denial(sums, &key, 10);
	assert_int_equal(sums[BAILIWICK_OP_READ], 3);
}

static void a_report_needs_a_denial_and_no_hole(void **state)
{
	struct canary_report report = { .count = 2 };

	(void)state;
	report.finding[0].result = report.finding[1].result = CANARY_NOT_TESTED;
	assert_false(canary_passed(&report));
	report.finding[0].result = CANARY_DENIED;
	assert_true(canary_passed(&report));
	report.finding[1].result = CANARY_NOT_DENIED;
	assert_false(canary_passed(&report));
}

/* --- with a program ------------------------------------------------------------ */

static char program[] = "/tmp/canaryXXXXXX";

static int run_script(const char *text)
{
	int fd = mkstemp(strcpy(program, "/tmp/canaryXXXXXX")), err;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, 0700), 0);
	close(fd);
	run.directory = open("/tmp", O_RDONLY | O_DIRECTORY);
	run.forbidden = open("/dev/null", O_RDONLY);
	err = run_program(&run, program);
	close(run.forbidden);
	close(run.directory);
	run.directory = run.forbidden = -1;
	unlink(program);
	return err;
}

static void a_program_is_heard(void **state)
{
	(void)state;
	assert_int_equal(run_script("#!/bin/sh\n"
				    "printf 'test file_open 13\\ntest inode_m' >&0\n"
				    "printf 'kdir 13\\nskip capable 0\\ndone - 0\\n' >&0\n"), 0);
	assert_int_equal(run.answer[CANARY_TEST_file_open].attempt, 13);
	assert_int_equal(run.answer[CANARY_TEST_inode_mkdir].attempt, 13);
	assert_true(run.answer[CANARY_TEST_capable].skipped);
}

static void a_program_that_dies_tells_nothing(void **state)
{
	(void)state;
	assert_int_equal(run_script("#!/bin/sh\nprintf 'test file_open 13\\n' >&0\n"), -ECHILD);
	assert_int_equal(run_script("#!/no/such/interpreter\n"), -ECHILD);
	assert_int_equal(run_script("#!/bin/sh\nprintf 'nonsense\\n' >&0; sleep 3\n"), -EPROTO);
}

/* Who is tested cannot keep the canary from its end, and who tests lends it all it has */
static void it_runs_as_soon_as_who_waits_for_it(void **state)
{
	struct sched_param how = { .sched_priority = 1 };
	const int nice = getpriority(PRIO_PROCESS, 0);
	int err;

	(void)state;
	if (setpriority(PRIO_PROCESS, 0, -5) < 0 ||
	    sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &how) < 0)
		skip();
	err = run_script("#!/bin/sh\nread -r line </proc/$$/stat; set -- $line\n"
			 "printf \"test file_open ${41}\\ntest inode_mkdir ${19}\\n\" >&0\n"
			 "(read -r line </proc/self/stat; set -- $line\n"
			 "printf \"test inode_create ${41}\\ntest inode_link ${19}\\n\" >&0)\n"
			 "printf 'done - 0\\n' >&0\n");
	how.sched_priority = 0;
	assert_int_equal(sched_setscheduler(0, SCHED_OTHER, &how), 0);
	assert_int_equal(setpriority(PRIO_PROCESS, 0, nice), 0);
	assert_int_equal(err, 0);
	assert_int_equal(run.answer[CANARY_TEST_file_open].attempt, SCHED_RR);
	assert_int_equal(run.answer[CANARY_TEST_inode_mkdir].attempt, -5);
	assert_int_equal(run.answer[CANARY_TEST_inode_create].attempt, SCHED_RR);
	assert_int_equal(run.answer[CANARY_TEST_inode_link].attempt, -5);
}

int main(void)
{
	const struct CMUnitTest unit_tests[] = {
		cmocka_unit_test_setup(a_counted_refusal_is_a_denial, fresh),
		cmocka_unit_test_setup(a_refusal_of_others_is_none, fresh),
		cmocka_unit_test_setup(every_refusal_has_to_be_counted, fresh),
		cmocka_unit_test_setup(twins_do_not_speak_for_attempts, fresh),
		cmocka_unit_test_setup(what_goes_through_is_not_denied, fresh),
		cmocka_unit_test_setup(the_twin_must_work, fresh),
		cmocka_unit_test_setup(what_was_not_tried_is_not_tested, fresh),
		cmocka_unit_test_setup(strange_lines_are_refused, fresh),
		cmocka_unit_test_setup(only_the_canarys_denials_count, fresh),
		cmocka_unit_test_setup(a_report_needs_a_denial_and_no_hole, fresh),
		cmocka_unit_test_setup(a_program_is_heard, fresh),
		cmocka_unit_test_setup(a_program_that_dies_tells_nothing, fresh),
		cmocka_unit_test_setup(it_runs_as_soon_as_who_waits_for_it, fresh),
	};

	return cmocka_run_group_tests(unit_tests, NULL, NULL);
}
