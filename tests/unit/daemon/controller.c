// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/controller.h */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/controller.h"

/* What controller_say() writes to standard error */
static const char *said(const char *text)
{
	static char got[512];
	int file = memfd_create("said", 0), old = dup(STDERR_FILENO);
	ssize_t n;

	fflush(stderr);
	dup2(file, STDERR_FILENO);
	controller_say(4, "%s", text);
	fflush(stderr);
	dup2(old, STDERR_FILENO);
	n = pread(file, got, sizeof(got) - 1, 0);
	got[n < 0 ? 0 : n] = 0;
	close(file);
	close(old);
	return got;
}

static void lines_are_harmless(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	assert_string_equal(said("plain"), "bailiwickd: plain\n");
	assert_string_equal(said("a\nb"), "bailiwickd: a\nbailiwickd: b\n");
	assert_null(strchr(said("\033[2J"), '\033'));
	/* somebody else's stream: the variable was only inherited */
	setenv("JOURNAL_STREAM", "1:2", 1);
	assert_string_equal(said("plain"), "bailiwickd: plain\n");
	unsetenv("JOURNAL_STREAM");
}

static void a_problem_is_short(void **state)
{
	struct controller controller = { 0 };
	char text[5000];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	controller_problem(&controller, text);
	assert_true(strlen(controller.problem) < 400);
	controller_problem(&controller, "other");
	assert_string_equal(controller.problem, "other");
	controller_problem(&controller, NULL);
	assert_null(controller.problem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_harmless),
		cmocka_unit_test(a_problem_is_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
