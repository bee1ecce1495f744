// SPDX-License-Identifier: Apache-2.0
/* Tests of base/message.h */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/message.h"

static int ends[2];

static int set_up(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}

static int tear_down(void **state)
{
	(void)state;
	if (ends[0] >= 0)
		close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
	return 0;
}

static void hang_up(void)
{
	close(ends[0]);
	ends[0] = -1;
}

static void raw(const void *bytes, size_t size)
{
	assert_int_equal(write(ends[0], bytes, size), (ssize_t)size);
}

static void frame(const char *json)
{
	uint32_t size = (uint32_t)strlen(json);

	raw(&size, sizeof(size));
	raw(json, size);
}

static int fds_open(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void what_is_sent_arrives(void **state)
{
	struct message *m = message_new(), *got = NULL;
	int64_t number = 0;

	(void)state;
	assert_int_equal(message_set_string(m, "verb", "apply"), 0);
	assert_int_equal(message_set_integer(m, "big", INT64_MAX), 0);
	assert_int_equal(message_set_boolean(m, "yes", true), 0);
	assert_int_equal(message_add_string(m, "files", "/a"), 0);
	assert_int_equal(message_add_string(m, "files", "/b"), 0);
	assert_int_equal(message_add_integer(m, "sizes", 7), 0);
	assert_int_equal(message_set_json(m, "record", "{\"object\":{\"path\":\"/x\"}}", 24), 0);
	assert_int_equal(message_send(ends[0], m), 0);
	assert_int_equal(message_receive(ends[1], &got), MESSAGE_FINE);
	assert_string_equal(message_string(got, "verb"), "apply");
	assert_true(message_integer(got, "big", &number));
	assert_true(number == INT64_MAX);
	assert_true(message_boolean(got, "yes"));
	assert_int_equal(message_count(got, "files"), 2);
	assert_string_equal(message_string(got, "files.1"), "/b");
	assert_string_equal(message_string(got, "record.object.path"), "/x");
	assert_null(message_string(got, "files.2"));
	assert_null(message_string(got, "files.x"));
	assert_null(message_string(got, "big"));
	assert_false(message_integer(got, "verb", &number));
	assert_false(message_has(got, "nothing"));
	assert_string_equal(message_key(got, "record", 0), "object");
	assert_null(message_key(got, "record", 1));
	message_free(m);
	message_free(got);
}

static void descriptors_come_with_their_frame(void **state)
{
	struct message *m = message_new(), *got = NULL;
	struct stat a, b;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), before;

	(void)state;
	before = fds_open();
	assert_int_equal(message_add_fd(m, fd), 0);
	assert_int_equal(message_send(ends[0], m), 0);
	frame("{}");
	assert_int_equal(message_receive(ends[1], &got), MESSAGE_FINE);
	assert_int_equal(message_fd_count(got), 1);
	fd = message_take_fd(got, 0);
	assert_true(fd >= 0);
	assert_int_equal(message_take_fd(got, 0), -1);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fstat(fd, &a), 0);
	assert_int_equal(stat("/dev/null", &b), 0);
	assert_true(a.st_rdev == b.st_rdev);
	close(fd);
	message_free(got);
	assert_int_equal(message_receive(ends[1], &got), MESSAGE_FINE);
	assert_int_equal(message_fd_count(got), 0);
	message_free(got);
	message_free(m);
	assert_int_equal(fds_open(), before - 1);
}

static void too_many_descriptors_are_refused_and_closed(void **state)
{
	int fds[MESSAGE_FDS_MAX + 1], before = fds_open();
	struct message *got = NULL, *m = message_new();
	uint32_t size = 2;
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(fds))];
	} control = { 0 };
	struct iovec piece = { &size, sizeof(size) };
	struct msghdr header = { .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control,
				 .msg_controllen = CMSG_SPACE(sizeof(fds)) };

	(void)state;
	for (int i = 0; i <= MESSAGE_FDS_MAX; i++)
		fds[i] = 1;
	control.align.cmsg_level = SOL_SOCKET;
	control.align.cmsg_type = SCM_RIGHTS;
	control.align.cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(&control.align), fds, sizeof(fds));
	assert_int_equal(sendmsg(ends[0], &header, 0), sizeof(size));
	raw("{}", 2);
	assert_int_equal(message_receive(ends[1], &got), -EMFILE);
	assert_int_equal(fds_open(), before);
	for (int i = 0; i < MESSAGE_FDS_MAX; i++)
		assert_int_equal(message_add_fd(m, dup(1)), 0);
	assert_int_equal(message_add_fd(m, dup(1)), -EMFILE);
	message_free(m);
	assert_int_equal(fds_open(), before);
}

static void cut_in_half(void **state)
{
	struct message *got = NULL;
	uint32_t size = 10;

	(void)state;
	raw(&size, sizeof(size));
	raw("{\"a\"", 4);
	hang_up();
	assert_int_equal(message_receive(ends[1], &got), -EPIPE);
	assert_null(got);
}

static void cut_in_the_header(void **state)
{
	struct message *got = NULL;

	(void)state;
	raw("\x05", 1);
	hang_up();
	assert_int_equal(message_receive(ends[1], &got), -EPIPE);
}

static void closed_between_frames(void **state)
{
	struct message *got = NULL;

	(void)state;
	hang_up();
	assert_int_equal(message_receive(ends[1], &got), MESSAGE_END);
}

static void too_long_is_refused_before_it_is_read(void **state)
{
	struct message *got = NULL;
	uint32_t size = MESSAGE_SIZE_MAX + 1;
	char byte;

	(void)state;
	raw(&size, sizeof(size));
	raw("x", 1);
	assert_int_equal(message_receive(ends[1], &got), -EMSGSIZE);
	assert_int_equal(read(ends[1], &byte, 1), 1);
}

static void only_objects_are_messages(void **state)
{
	static const char *const bad[] = {
		"[]", "12", "\"x\"", "null", "{\"a\":1", "{}{}", "{\"a\":1,\"a\":2}", "\xff\xfe",
		"{\"a\":\"\\u0000\"}", "{\"a\":\"\xff\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct message *got = NULL;

		frame(bad[i]);
		assert_int_equal(message_receive(ends[1], &got), -EBADMSG);
		assert_null(got);
	}
}

static void a_reader_takes_pieces(void **state)
{
	struct message_reader reader = { 0 };
	struct message *got = NULL;
	uint32_t size = 8;
	const char *json = "{\"a\": 5}";

	(void)state;
	assert_int_equal(message_reader_read(&reader, ends[1], &got), MESSAGE_WAIT);
	raw(&size, 3);
	assert_int_equal(message_reader_read(&reader, ends[1], &got), MESSAGE_WAIT);
	raw((char *)&size + 3, 1);
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(message_reader_read(&reader, ends[1], &got), MESSAGE_WAIT);
		raw(json + i, 1);
	}
	assert_int_equal(message_reader_read(&reader, ends[1], &got), MESSAGE_FINE);
	assert_true(message_has(got, "a"));
	message_free(got);
	hang_up();
	assert_int_equal(message_reader_read(&reader, ends[1], &got), MESSAGE_END);
}

static void text_that_is_not_utf8_is_refused(void **state)
{
	struct message *m = message_new();

	(void)state;
	assert_int_equal(message_set_string(m, "name", "/tmp/\xff"), -EILSEQ);
	assert_int_equal(message_add_string(m, "names", "/tmp/\xff"), -EILSEQ);
	assert_false(message_has(m, "name"));
	assert_int_equal(message_set_json(m, "x", "{", 1), -EBADMSG);
	message_free(m);
}

static void a_frame_has_a_limit(void **state)
{
	char *text = malloc(MESSAGE_SIZE_MAX + 1);
	struct buffer out = { 0 };
	struct message *m = message_new();

	(void)state;
	memset(text, 'a', MESSAGE_SIZE_MAX);
	text[MESSAGE_SIZE_MAX] = 0;
	assert_int_equal(message_set_string(m, "a", text), 0);
	assert_int_equal(message_frame(m, &out), -EMSGSIZE);
	assert_int_equal(out.size, 0);
	assert_int_equal(message_send(ends[0], m), -EMSGSIZE);
	free(text);
	message_free(m);
	buffer_done(&out);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_is_sent_arrives),
		TEST(descriptors_come_with_their_frame),
		TEST(too_many_descriptors_are_refused_and_closed),
		TEST(cut_in_half),
		TEST(cut_in_the_header),
		TEST(closed_between_frames),
		TEST(too_long_is_refused_before_it_is_read),
		TEST(only_objects_are_messages),
		TEST(a_reader_takes_pieces),
		TEST(text_that_is_not_utf8_is_refused),
		TEST(a_frame_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
