// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/child.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <time.h>

#include <cmocka.h>

#include "daemon/child.h"

static sd_event *loop;
static const struct confinement limits = {
	.uid = 65534, .gid = 65534, .cpu_seconds = 20, .file_size = 1 << 20,
};

/* What came back; the streams are copied */
static struct {
	int exit, calls;
	char how[128], out[512], err[512];
	size_t out_size;
} got;

static void done(void *context, const struct child_result *result)
{
	assert_ptr_equal(context, &got);
	got.calls++;
	got.exit = result->exit;
	snprintf(got.how, sizeof(got.how), "%s", result->how ? result->how : "");
	snprintf(got.out, sizeof(got.out), "%s", result->out->data ? result->out->data : "");
	snprintf(got.err, sizeof(got.err), "%s", result->err->data ? result->err->data : "");
	got.out_size = result->out->size;
	sd_event_exit(loop, 0);
}

static int set_up(void **state)
{
	sigset_t blocked;

	(void)state;
	memset(&got, 0, sizeof(got));
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	return sd_event_new(&loop) < 0;
}

static int tear_down(void **state)
{
	(void)state;
	loop = sd_event_unref(loop);
	return 0;
}

static void run(const char *script, int fd, uint64_t seconds)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)script, NULL };
	struct child_options options = { .path = "/bin/sh", .argv = argv, .confinement = &limits,
					 .fd = fd, .seconds = seconds };
	struct child *child;

	assert_int_equal(child_start(loop, &options, done, &got, &child), 0);
	assert_int_equal(sd_event_loop(loop), 0);
	assert_int_equal(got.calls, 1);
}

static void both_streams_and_the_code(void **state)
{
	(void)state;
	run("echo out; echo err >&2; exit 65", -1, 10);
	assert_int_equal(got.exit, 65);
	assert_string_equal(got.out, "out\n");
	assert_string_equal(got.err, "err\n");
	assert_string_equal(got.how, "");
}

static void one_descriptor_is_handed_over_and_no_other(void **state)
{
	int fd = memfd_create("child", 0), other = dup(fd);
	char text[8] = { 0 };

	(void)state;
	run("echo hello >/proc/self/fd/3; ls /proc/self/fd | tr '\\n' ' '", fd, 10);
	assert_int_equal(got.exit, 0);
	/* ls itself has one more open, on the directory */
	assert_string_equal(got.out, "0 1 2 3 4 ");
	assert_int_equal(pread(fd, text, 6, 0), 6);
	assert_string_equal(text, "hello\n");
	close(fd);
	close(other);
}

static void the_environment_is_ours(void **state)
{
	(void)state;
	setenv("LD_PRELOAD_TEST", "x", 1);
	run("env | sort | grep -v ^PWD= | grep -v ^_= | grep -v ^SHLVL= | tr '\\n' ' '; pwd", -1, 10);
	assert_non_null(strstr(got.out, "LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin"));
	assert_null(strstr(got.out, "LD_PRELOAD_TEST"));
}

static void it_has_a_time(void **state)
{
	time_t before = time(NULL);

	(void)state;
	run("sleep 60", -1, 1);
	assert_int_equal(got.exit, -1);
	assert_string_equal(got.how, "it took too long");
	assert_true(time(NULL) - before < 20);
}

static void what_it_leaves_behind_does_not_hold_us_up(void **state)
{
	time_t before = time(NULL);

	(void)state;
	run("sleep 60 & setsid sleep 60 & exit 3", -1, 30);
	assert_int_equal(got.exit, 3);
	assert_true(time(NULL) - before < 20);
}

static void output_is_bounded(void **state)
{
	(void)state;
	run("head -c 1000000 /dev/zero | tr '\\0' x", -1, 20);
	assert_int_equal(got.exit, 0);
	assert_true(got.out_size >= CHILD_OUTPUT_MAX);
	assert_true(got.out_size < CHILD_OUTPUT_MAX + 64);
}

static void a_signal_is_told(void **state)
{
	(void)state;
	run("kill -SEGV $$", -1, 10);
	assert_int_equal(got.exit, -1);
	assert_non_null(strstr(got.how, "signal 11"));
}

static void a_program_that_is_missing_is_told(void **state)
{
	char *argv[] = { (char *)"x", NULL };
	struct child_options options = { .path = "/nonexistent/x", .argv = argv,
					 .confinement = &limits, .fd = -1, .seconds = 5 };
	struct child *child;

	(void)state;
	assert_int_equal(child_start(loop, &options, done, &got, &child), 0);
	assert_int_equal(sd_event_loop(loop), 0);
	assert_int_equal(got.exit, EX_UNAVAILABLE);
	assert_non_null(strstr(got.err, "/nonexistent/x"));
}

static void stopping_calls_nobody(void **state)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)"sleep 60", NULL };
	struct child_options options = { .path = "/bin/sh", .argv = argv, .confinement = &limits,
					 .fd = -1, .seconds = 50 };
	struct child *child;

	(void)state;
	assert_int_equal(child_start(loop, &options, done, &got, &child), 0);
	assert_null(child_stop(child));
	assert_int_equal(sd_event_run(loop, 100000), 0);
	assert_int_equal(got.calls, 0);
	assert_null(child_stop(NULL));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(both_streams_and_the_code),
		TEST(one_descriptor_is_handed_over_and_no_other),
		TEST(the_environment_is_ours),
		TEST(it_has_a_time),
		TEST(what_it_leaves_behind_does_not_hold_us_up),
		TEST(output_is_bounded),
		TEST(a_signal_is_told),
		TEST(a_program_that_is_missing_is_told),
		TEST(stopping_calls_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
