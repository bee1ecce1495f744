// SPDX-License-Identifier: Apache-2.0
/* A whole file into memory */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/readfile.h"

static char dir[] = "/tmp/readfile-XXXXXX";

static const char *path(const char *name)
{
	static char buf[256];

	snprintf(buf, sizeof(buf), "%s/%s", dir, name);
	return buf;
}

static void put(const char *name, const char *text, size_t size)
{
	FILE *file = fopen(path(name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	fclose(file);
}

static void reads_bytes(void **state)
{
	char *text = NULL;
	size_t size;

	(void)state;
	put("bytes", "a\0b", 3);
	assert_int_equal(readfile(path("bytes"), 3, &text, &size), READFILE_FINE);
	assert_int_equal(size, 3);
	assert_memory_equal(text, "a\0b\0", 4);
	free(text);
	put("empty", "", 0);
	assert_int_equal(readfile(path("empty"), 3, &text, &size), READFILE_FINE);
	assert_int_equal(size, 0);
	free(text);
}

static void keeps_the_bound(void **state)
{
	char *text = NULL, big[70000] = { 0 };
	size_t size;

	(void)state;
	put("big", big, sizeof(big));
	assert_int_equal(readfile(path("big"), sizeof(big), &text, &size), READFILE_FINE);
	free(text);
	text = NULL;
	assert_int_equal(readfile(path("big"), sizeof(big) - 1, &text, &size), READFILE_TOO_LARGE);
	assert_null(text);
	/* says that it has no size, and still is bounded */
	assert_int_equal(readfile("/proc/self/maps", 10, &text, &size), READFILE_TOO_LARGE);
	assert_int_equal(readfile("/proc/self/maps", 1 << 20, &text, &size), READFILE_FINE);
	assert_true(size > 0);
	free(text);
}

static void refuses_what_is_no_file(void **state)
{
	char *text = NULL;
	size_t size;

	(void)state;
	assert_int_equal(readfile(dir, 10, &text, &size), READFILE_DIRECTORY);
	assert_int_equal(mkfifo(path("fifo"), 0600), 0);
	assert_int_equal(readfile(path("fifo"), 10, &text, &size), READFILE_NOT_REGULAR);
	assert_int_equal(readfile("/dev/zero", 10, &text, &size), READFILE_NOT_REGULAR);
	assert_int_equal(readfile(path("missing"), 10, &text, &size), -ENOENT);
	assert_int_equal(symlink("loop", path("loop")), 0);
	assert_int_equal(readfile(path("loop"), 10, &text, &size), -ELOOP);
	assert_null(text);
}

static void reads_below_a_directory(void **state)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY);
	char *text = NULL;
	size_t size;

	(void)state;
	put("here", "x", 1);
	assert_int_equal(readfile_at(fd, "here", 10, &text, &size), READFILE_FINE);
	assert_string_equal(text, "x");
	free(text);
	close(fd);
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	static const char *const names[] = { "bytes", "empty", "big", "fifo", "loop", "here" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path(names[i]));
	return rmdir(dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_bytes),
		cmocka_unit_test(keeps_the_bound),
		cmocka_unit_test(refuses_what_is_no_file),
		cmocka_unit_test(reads_below_a_directory),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
