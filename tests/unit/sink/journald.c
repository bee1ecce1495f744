// SPDX-License-Identifier: Apache-2.0
/* Tests of sink/journald.c: fields that stay fields, and a catalogue that is complete */
#include <endian.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/readfile.h"
#include "tests/unit/sink/hostile.h"

static char path[64];

static int listen_as_journald(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	snprintf(path, sizeof(path), "/tmp/journald-%d", (int)getpid());
	unlink(path);
	strcpy(address.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* The fields of a datagram as the protocol has it: "NAME=value;" each */
static const char *parse(const char *data, size_t size)
{
	static char all[1 << 17];
	size_t at = 0, n = 0;

	while (at < size) {
		const char *end = memchr(data + at, '\n', size - at);
		const char *equals = memchr(data + at, '=', (size_t)(end - data) - at);
		uint64_t length;

		assert_non_null(end);
		if (equals) {
			n += (size_t)snprintf(all + n, sizeof(all) - n, "%.*s;", (int)(end - data - (long)at),
					      data + at);
			at = (size_t)(end - data) + 1;
			continue;
		}
		memcpy(&length, end + 1, 8);
		length = le64toh(length);
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%.*s=%.*s;", (int)(end - data - (long)at),
				      data + at, (int)length, end + 9);
		at = (size_t)(end + 9 - data) + length;
		assert_int_equal(data[at++], '\n');
	}
	return all;
}

static void fields_are_what_we_say(void **state)
{
	struct sink_options options = { 0 };
	struct buffer why = { 0 };
	static char got[1 << 17];
	int fd = listen_as_journald();
	void *journald;

	(void)state;
	strcpy(options.file, path);
	assert_int_equal(sink_journald.prepare(&options, &journald, &why), 0);
	assert_int_equal(sink_journald.open(journald, &why), 0);
	for (size_t i = 0; i <= HOSTILE_COUNT; i++) {
		struct hostile h = hostile_event(i < HOSTILE_COUNT ? hostile_texts[i] : NULL);
		const char *all;
		ssize_t n;

		assert_int_equal(sink_journald.send(journald, &h.record, &why), 0);
		n = recv(fd, got, sizeof(got), MSG_DONTWAIT);
		assert_true(n > 0);
		all = parse(got, (size_t)n);
		assert_harmless(all, strlen(all), "journald");
		assert_non_null(strstr(all, "PRIORITY=3;SYSLOG_IDENTIFIER=bailiwick;MESSAGE_ID="
				       "b1a17b1c4b0b4e6c9f00000000000000;BAILIWICK_CHAIN=abab"));
		assert_non_null(strstr(all, ";BAILIWICK_ID=01234567-42;"));
		hostile_done(&h);
	}
	close(fd);
	unlink(path);
	{
		struct hostile h = hostile_event("x");

		assert_true(sink_journald.send(journald, &h.record, &why) < 0);
		hostile_done(&h);
	}
	sink_journald.close(journald);
	assert_int_equal(sink_journald.open(journald, &why), -ENOENT);
	sink_journald.free(journald);
	buffer_done(&why);
}

static void every_kind_is_in_the_catalogue(void **state)
{
	char *text, line[64];
	size_t size;

	(void)state;
	assert_int_equal(readfile("userspace/sink/bailiwick.catalog", 1 << 20, &text, &size), READFILE_FINE);
	for (int i = 0; i < EVENT_KIND_COUNT; i++) {
		snprintf(line, sizeof(line), "\n-- b1a17b1c4b0b4e6c9f00000000000%03x\nSubject: ", i);
		if (!strstr(text, line))
			fail_msg("%s", line);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_what_we_say),
		cmocka_unit_test(every_kind_is_in_the_catalogue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
