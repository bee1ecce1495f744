// SPDX-License-Identifier: Apache-2.0
/* Every byte into a descriptor */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/writeall.h"

#define SIZE (1 << 20)

struct reader {
	int fd;
	size_t size;
};

/* Slow and in small pieces, so that the pipe is full most of the time */
static void *drain(void *data)
{
	struct reader *reader = data;
	char piece[3000];
	ssize_t n;

	while ((n = read(reader->fd, piece, sizeof(piece))) > 0)
		reader->size += (size_t)n;
	return NULL;
}

static void goes_through_a_full_pipe(void **state)
{
	char *data = calloc(1, SIZE);
	struct reader reader = { 0 };
	pthread_t thread;
	int fds[2];

	(void)state;
	assert_non_null(data);
	assert_int_equal(pipe(fds), 0);
	reader.fd = fds[0];
	assert_int_equal(pthread_create(&thread, NULL, drain, &reader), 0);
	assert_int_equal(writeall(fds[1], data, SIZE), 0);
	close(fds[1]);
	pthread_join(thread, NULL);
	assert_int_equal(reader.size, SIZE);
	close(fds[0]);
	free(data);
}

static void tells_trouble(void **state)
{
	int fds[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(writeall(fds[1], "", 0), 0);
	close(fds[0]);
	assert_int_equal(writeall(fds[1], "x", 1), -EPIPE);
	close(fds[1]);
	assert_int_equal(writeall(-1, "x", 1), -EBADF);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_through_a_full_pipe),
		cmocka_unit_test(tells_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
