// SPDX-License-Identifier: Apache-2.0
/* Tests of sink/feed.h: there and back, in pieces, and what is no feed */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "sink/feed.h"

static int pair[2];

static int set_up(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}

static int tear_down(void **state)
{
	(void)state;
	close(pair[0]);
	close(pair[1]);
	return 0;
}

static void records_arrive(void **state)
{
	struct sink_record record = { .sequence = 5, .time = 6, .hash = { 7 }, .json = "{}", .json_size = 2,
				      .text = "said", .text_size = 4 };
	struct buffer out = { 0 }, in = { 0 };
	struct sink_record got;

	(void)state;
	feed_add_record(&out, &record);
	feed_add_record(&out, &record);
	assert_int_equal(write(pair[0], out.data, out.size), (ssize_t)out.size);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(feed_read_record(pair[1], &in, &got), 1);
		assert_int_equal(got.sequence, 5);
		assert_int_equal(got.time, 6);
		assert_int_equal(got.hash[0], 7);
		assert_memory_equal(got.json, "{}", 2);
		assert_int_equal(got.text_size, 4);
		assert_memory_equal(got.text, "said", 4);
	}
	assert_int_equal(write(pair[0], out.data, out.size / 2 - 1), (ssize_t)out.size / 2 - 1);
	shutdown(pair[0], SHUT_WR);
	assert_int_equal(feed_read_record(pair[1], &in, &got), -EBADMSG);
	buffer_done(&out);
	buffer_done(&in);
}

static void the_end_is_no_error_and_nonsense_is_one(void **state)
{
	struct buffer in = { 0 };
	struct sink_record got;
	char nonsense[100];

	(void)state;
	memset(nonsense, 0xff, sizeof(nonsense));
	assert_int_equal(write(pair[0], nonsense, sizeof(nonsense)), sizeof(nonsense));
	assert_int_equal(feed_read_record(pair[1], &in, &got), -EBADMSG);
	buffer_done(&in);
	shutdown(pair[1], SHUT_WR);
	assert_int_equal(feed_read_record(pair[0], &in, &got), 0);
	buffer_done(&in);
}

static void reports_are_taken_when_they_are_whole(void **state)
{
	struct feed_report report = { .kind = FEED_TROUBLE, .size = 3, .sequence = 9, .count = 1 }, got;
	struct buffer in = { 0 };
	const char *text;
	char bytes[64];
	ssize_t n;

	(void)state;
	assert_int_equal(feed_tell(pair[0], &report, "why"), 0);
	n = read(pair[1], bytes, sizeof(bytes));
	if (n < (ssize_t)sizeof(report) + 3)
		n += read(pair[1], bytes + n, sizeof(bytes) - (size_t)n);
	for (ssize_t i = 0; i < n; i++) {
		assert_int_equal(feed_take_report(&in, &got, &text), 0);
		buffer_append(&in, bytes + i, 1);
	}
	assert_int_equal(feed_take_report(&in, &got, &text), n);
	assert_int_equal(got.sequence, 9);
	assert_memory_equal(text, "why", 3);
	in.data[0] = 99;
	assert_int_equal(feed_take_report(&in, &got, &text), -EBADMSG);
	buffer_done(&in);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(records_arrive),
		TEST(the_end_is_no_error_and_nonsense_is_one),
		TEST(reports_are_taken_when_they_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
