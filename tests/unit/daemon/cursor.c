// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/cursor.h */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/cursor.h"

#define JOURNAL "0123456789abcdef0123456789abcdef"
#define OTHER "1123456789abcdef0123456789abcdef"

static void it_is_remembered_and_never_invented(void **state)
{
	char directory[] = "/tmp/cursor-XXXXXX", command[64], byte;
	struct cursor cursor;
	uint64_t next;
	int dir, fd;

	(void)state;
	assert_non_null(mkdtemp(directory));
	dir = open(directory, O_RDONLY | O_DIRECTORY);
	assert_int_equal(cursor_open(&cursor, dir, "c", JOURNAL, &next), 0);
	assert_int_equal(next, 1);
	assert_int_equal(cursor_save(&cursor, JOURNAL, 77), 0);
	cursor_close(&cursor);
	assert_int_equal(cursor_open(&cursor, dir, "c", JOURNAL, &next), 0);
	assert_int_equal(next, 77);
	assert_int_equal(cursor_save(&cursor, JOURNAL, 78), 0);
	cursor_close(&cursor);
	assert_int_equal(cursor_open(&cursor, dir, "c", OTHER, &next), 1);
	assert_int_equal(next, 1);
	cursor_close(&cursor);
	fd = openat(dir, "c", O_RDWR);
	for (off_t at = 0; pread(fd, &byte, 1, at) == 1; at++) {
		char other = byte ^ 1;

		assert_int_equal(pwrite(fd, &other, 1, at), 1);
		assert_int_equal(cursor_open(&cursor, dir, "c", JOURNAL, &next), 1);
		assert_int_equal(next, 1);
		cursor_close(&cursor);
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	assert_int_equal(cursor_open(&cursor, dir, "c", JOURNAL, &next), 0);
	assert_int_equal(next, 78);
	cursor_close(&cursor);
	close(fd);
	close(dir);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_remembered_and_never_invented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
