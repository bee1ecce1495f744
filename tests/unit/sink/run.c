// SPDX-License-Identifier: Apache-2.0
/* Tests of sink/run.h: a destination that fails in every way, and gets everything at last */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "sink/feed.h"
#include "sink/run.h"

/* What the destination does; the deliveries are what a flush confirmed, "N," each */
static struct {
	int opens_refused, sends_refused, flushes_refused;
	uint64_t never;
	char pending[4096], delivered[4096];
} d;

static int open_(void *c, struct buffer *why)
{
	(void)c;
	if (!d.opens_refused)
		return 0;
	d.opens_refused--;
	buffer_append_text(why, "nobody there");
	return -ECONNREFUSED;
}

static int send_(void *c, const struct sink_record *record, struct buffer *why)
{
	size_t at = strlen(d.pending);

	(void)c;
	if (record->sequence == d.never) {
		buffer_append_text(why, "too strange");
		return SINK_NEVER;
	}
	if (record->sequence % 3 == 0 && d.sends_refused) {
		d.sends_refused--;
		return -EPIPE;
	}
	snprintf(d.pending + at, sizeof(d.pending) - at, "%d,", (int)record->sequence);
	return 0;
}

static int flush_(void *c, struct buffer *why)
{
	(void)c;
	(void)why;
	if (d.flushes_refused) {
		d.flushes_refused--;
		return -ETIMEDOUT;
	}
	snprintf(d.delivered + strlen(d.delivered), sizeof(d.delivered) - strlen(d.delivered), "%s",
		 d.pending);
	d.pending[0] = 0;
	return 0;
}

static void close_(void *c)
{
	(void)c;
	d.pending[0] = 0;
}

static const struct sink_destination fake = {
	.open = open_, .send = send_, .flush = flush_, .close = close_,
};

static void feed(int fd, int n)
{
	struct buffer out = { 0 };

	for (int i = 1; i <= n; i++) {
		char json[64];
		struct sink_record record = { .sequence = (uint64_t)i, .json = json };

		record.json_size = (size_t)snprintf(json, sizeof(json), "{\"severity\":\"%s\"}",
						    i % 2 ? "ordinary" : "serious");
		feed_add_record(&out, &record);
	}
	assert_int_equal(write(fd, out.data, out.size), (ssize_t)out.size);
	buffer_done(&out);
}

/* Reports as "kind:sequence:count:text;" */
static const char *run_all(uint64_t severity, int n)
{
	struct sink_options options = { .retry_max = 1, .severity = severity };
	static char said[8192];
	struct buffer in = { 0 };
	struct feed_report report;
	const char *text;
	char bytes[8192];
	int pair[2];
	ssize_t got;
	size_t at = 0;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	feed(pair[0], n);
	shutdown(pair[0], SHUT_WR);
	assert_int_equal(sink_run(&options, &fake, NULL, pair[1]), 0);
	close(pair[1]);
	while ((got = read(pair[0], bytes, sizeof(bytes))) > 0)
		buffer_append(&in, bytes, (size_t)got);
	close(pair[0]);
	said[0] = 0;
	while ((got = feed_take_report(&in, &report, &text)) > 0) {
		at += (size_t)snprintf(said + at, sizeof(said) - at, "%u:%d:%d:%.*s;", report.kind,
				       (int)report.sequence, (int)report.count,
				       (int)strnlen(text, report.size), text);
		in.size -= (size_t)got;
		memmove(in.data, in.data + got, in.size);
	}
	buffer_done(&in);
	return said;
}

static int fresh(void **state)
{
	(void)state;
	memset(&d, 0, sizeof(d));
	return 0;
}

static void what_comes_is_delivered_and_said(void **state)
{
	(void)state;
	assert_string_equal(run_all(0, 5), "1:0:0:;3:5:5:;");
	assert_string_equal(d.delivered, "1,2,3,4,5,");
}

static void trouble_is_said_and_over_some_time(void **state)
{
	(void)state;
	d.opens_refused = 2;
	d.sends_refused = 1;
	d.flushes_refused = 1;
	assert_string_equal(run_all(0, 4), "2:0:0:nobody there;2:0:0:nobody there;1:0:0:;"
			    "2:0:0:Broken pipe;1:0:0:;2:0:0:Connection timed out;1:0:0:;3:4:4:;");
	assert_string_equal(d.delivered, "1,2,3,4,");
}

static void one_that_never_can_be_is_buried_once_and_delays_nobody(void **state)
{
	(void)state;
	d.never = 2;
	d.flushes_refused = 1;
	assert_string_equal(run_all(0, 3), "1:0:0:;4:2:1:too strange;2:0:0:Connection timed out;1:0:0:;"
			    "3:3:2:;");
	assert_string_equal(d.delivered, "1,3,");
}

static void only_what_is_grave_enough_is_sent(void **state)
{
	(void)state;
	assert_string_equal(run_all(1, 5), "1:0:0:;3:5:2:;");
	assert_string_equal(d.delivered, "2,4,");
}

static void many_go_in_batches(void **state)
{
	(void)state;
	assert_non_null(strstr(run_all(0, 600), "3:256:256:;"));
	assert_non_null(strstr(d.delivered, "599,600,"));
}

static void the_end_of_the_controller_ends_the_waiting(void **state)
{
	struct sink_options options = { .retry_max = 3600 };
	int pair[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		d.opens_refused = 1 << 30;
		alarm(60);
		_exit(sink_run(&options, &fake, NULL, pair[1]) != 0);
	}
	close(pair[1]);
	feed(pair[0], 1);
	usleep(300000);
	close(pair[0]);
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, fresh)
	const struct CMUnitTest tests[] = {
		TEST(what_comes_is_delivered_and_said),
		TEST(trouble_is_said_and_over_some_time),
		TEST(one_that_never_can_be_is_buried_once_and_delays_nobody),
		TEST(only_what_is_grave_enough_is_sent),
		TEST(many_go_in_batches),
		TEST(the_end_of_the_controller_ends_the_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
