/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of daemon/ending.h: exactly the processes that were found die */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/ending.h"

static uint64_t start_of(pid_t pid)
{
	char path[64], text[1024];
	unsigned long long ticks = 0;
	const char *at;
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	assert_non_null(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = 0;
	at = strrchr(text, ')');
	for (int i = 0; i < 20; i++)
		at = strchr(at + 1, ' ');
	sscanf(at, "%llu", &ticks);
	return ticks * (1000000000u / (uint64_t)sysconf(_SC_CLK_TCK)) + 12345;
}

static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		alarm(60);
		for (;;)
			pause();
	}
	return pid;
}

static struct finding held_by(pid_t pid)
{
	return (struct finding){ .item = { .what = REPORT_MAPPING, .pid = (uint32_t)pid, .fd = -1,
					   .start = start_of(pid), .comm = "sleeper" } };
}

static bool is_dead(pid_t pid)
{
	int status;

	return waitpid(pid, &status, WNOHANG) == pid;
}

static int nothing(void *context, unsigned int kinds, finding_fn *found, void *found_context)
{
	(void)context;
	(void)kinds;
	(void)found;
	(void)found_context;
	return 0;
}

static pid_t late;		/* what a child that was born meanwhile looks like */

static int find_late(void *context, unsigned int kinds, finding_fn *found, void *found_context)
{
	struct finding finding;
	int *calls = context;

	assert_int_equal(kinds, FIND_MAPPINGS);
	if ((*calls)++)
		return 0;
	finding = held_by(late);
	return found(found_context, &finding);
}

static void holders_die_and_nobody_else(void **state)
{
	struct report *report = report_new();
	struct ending *ending = ending_new();
	pid_t holder = sleeper(), bystander = sleeper(), successor = sleeper();
	struct finding a = held_by(holder), b = held_by(successor);

	(void)state;
	b.item.start -= 1000000000u;	/* another process had that number a second before */
	ending_add(ending, &a.item);
	ending_add(ending, &b.item);
	ending_add(ending, &a.item);
	assert_int_equal(ending_count(ending), 2);
	assert_int_equal(ending_run(ending, nothing, NULL, report), 0);
	assert_true(is_dead(holder));
	assert_false(is_dead(bystander));
	assert_false(is_dead(successor));
	assert_int_equal(report_totals(report)->count[REPORT_KEPT][REPORT_PROCESS], 0);
	kill(bystander, SIGKILL);
	kill(successor, SIGKILL);
	waitpid(bystander, NULL, 0);
	waitpid(successor, NULL, 0);
	ending_free(ending);
	report_unref(report);
}

static void children_born_meanwhile_die_too(void **state)
{
	struct report *report = report_new();
	struct ending *ending = ending_new();
	pid_t holder = sleeper();
	struct finding a = held_by(holder);
	int calls = 0;

	(void)state;
	late = sleeper();
	ending_add(ending, &a.item);
	assert_int_equal(ending_run(ending, find_late, &calls, report), 0);
	assert_int_equal(report_totals(report)->count[REPORT_ENDED][REPORT_PROCESS], 2);
	assert_true(is_dead(holder));
	assert_true(is_dead(late));
	ending_free(ending);
	report_unref(report);
}

static void init_and_the_controller_are_left(void **state)
{
	struct report *report = report_new();
	struct ending *ending = ending_new();
	struct report_item init = { .what = REPORT_MAPPING, .pid = 1 };
	struct report_item self = { .what = REPORT_MAPPING, .pid = (uint32_t)getpid() };

	(void)state;
	ending_add(ending, &init);
	ending_add(ending, &self);
	assert_int_equal(ending_run(ending, nothing, NULL, report), 2);
	assert_int_equal(report_totals(report)->count[REPORT_KEPT][REPORT_PROCESS], 2);
	ending_free(ending);
	report_unref(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holders_die_and_nobody_else),
		cmocka_unit_test(children_born_meanwhile_die_too),
		cmocka_unit_test(init_and_the_controller_are_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
