/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of daemon/underway.h: who is in a system call that began before */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/ending.h"
#include "daemon/underway.h"

static int about(const char *line, int ret[2])
{
	ret[0] = ret[1] = -1;
	return underway_reads(line, ret);
}

static void lines_of_the_kernel(void **state)
{
	char line[128];
	int fd[2];

	(void)state;
	assert_int_equal(about("running", fd), 0);
	assert_int_equal(about("-1 0x7ffd 0x7f00", fd), 0);
	snprintf(line, sizeof(line), "%d 0x7 0x1000 0x10 0x0 0x0 0x0 0x7ffd 0x7f00", SYS_read);
	assert_int_equal(about(line, fd), 1);
	assert_int_equal(fd[0], 7);
	snprintf(line, sizeof(line), "%d 0x4 0x0 0x5 0x0 0x10 0x0 0x7ffd 0x7f00", SYS_splice);
	assert_int_equal(about(line, fd), 2);
	assert_int_equal(fd[0], 4);
	assert_int_equal(fd[1], 5);
	snprintf(line, sizeof(line), "%d 0x4 0x5 0x0 0x10 0x0 0x0 0x7ffd 0x7f00", SYS_sendfile);
	assert_int_equal(about(line, fd), 2);
	assert_int_equal(fd[1], 5);
	snprintf(line, sizeof(line), "%d 0x7 0x1000 0x10 0x0 0x0 0x0 0x7ffd 0x7f00", SYS_nanosleep);
	assert_int_equal(about(line, fd), 0);
}

static bool sleeps(pid_t pid)
{
	char path[64], line[256] = "";
	FILE *file;
	int fd[2];

	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		line[0] = 0;
	fclose(file);
	return underway_reads(line, fd) > 0;
}

static void who_sleeps_in_a_read_is_named(void **state)
{
	struct report *report = report_new();
	struct underway *underway = underway_new();
	struct ending *ending = ending_new();
	struct report_item item = { .what = REPORT_FILE, .comm = "reader", .path = "/pipe", .path_size = 5 };
	int ends[2], tries = 0;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		char byte;

		alarm(60);
		_exit(read(ends[0], &byte, 1) != 1);
	}
	while (!sleeps(pid) && ++tries < 100)
		usleep(20000);
	item.pid = (uint32_t)pid;
	item.fd = ends[0];
	if (tries < 100) {
		underway_add(underway, &item);
		item.fd = ends[1];	/* it holds this one, too, and waits for nothing there */
		underway_add(underway, &item);
		underway_tell(underway, report, ending);
		assert_int_equal(report_totals(report)->count[REPORT_KEPT][REPORT_CALL], 1);
		assert_int_equal(ending_count(ending), 1);
	} else {
		print_message("this kernel does not say what a thread waits for: not tried\n");
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ends[0]);
	close(ends[1]);
	underway_free(underway);
	ending_free(ending);
	report_unref(report);
}

static void the_report_says_when_there_were_too_many(void **state)
{
	struct report *report = report_new();
	struct underway *underway = underway_new();
	struct ending *ending = ending_new();
	struct report_item item = { .what = REPORT_FILE, .fd = 3 };

	(void)state;
	for (uint32_t i = 0; i <= UNDERWAY_PROCESSES_MAX; i++) {
		item.pid = 0x7f000000 + i;	/* no such processes */
		underway_add(underway, &item);
	}
	underway_tell(underway, report, ending);
	assert_non_null(strstr(report_totals(report)->problem, "the first 4096 processes only"));
	underway_free(underway);
	ending_free(ending);
	report_unref(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_the_kernel),
		cmocka_unit_test(who_sleeps_in_a_read_is_named),
		cmocka_unit_test(the_report_says_when_there_were_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
