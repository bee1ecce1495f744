/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of daemon/urgent.h: above the others while a change is made, and never for long */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/resource.h>
#include <time.h>

#include "urgency.h"

static int set_up(void **state)
{
	(void)state;
	if (!urgent_possible()) {
		print_message("no real-time priority here: not tried\n");
		return 0;
	}
	return urgent_start(1);
}

static void begins_and_ends_nest(void **state)
{
	(void)state;
	if (!urgent_possible())
		skip();
	assert_false(urgent_now());
	assert_int_equal(getpriority(PRIO_PROCESS, 0), -20);
	urgent_begin();
	urgent_begin();
	assert_true(urgent_now());
	urgent_end();
	assert_true(urgent_now());
	urgent_end();
	assert_false(urgent_now());
}

/* What it starts is for somebody else */
static void children_are_ordinary(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (!urgent_possible())
		skip();
	urgent_begin();
	pid = fork();
	if (pid == 0)
		_exit(urgent_now() || getpriority(PRIO_PROCESS, 0) != 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	pid = fork();
	if (pid == 0) {
		urgent_child();
		_exit(!urgent_now());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	urgent_end();
}

/* A loop in the controller must not hold up the machine */
static void it_does_not_last(void **state)
{
	time_t end = time(NULL) + 30;

	(void)state;
	if (!urgent_possible())
		skip();
	urgent_begin();
	while (urgent_now() && time(NULL) < end)
		;
	assert_false(urgent_now());
	urgent_end();
	urgent_begin();		/* and the next change is as urgent as ever */
	assert_true(urgent_now());
	urgent_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins_and_ends_nest),
		cmocka_unit_test(children_are_ordinary),
		cmocka_unit_test(it_does_not_last),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
