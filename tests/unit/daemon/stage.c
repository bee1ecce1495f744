// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/stage.h */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/readfile.h"
#include "daemon/stage.h"

static struct source_set set;
static struct buffer why;

static int tear_down(void **state)
{
	(void)state;
	source_set_done(&set);
	buffer_done(&why);
	return 0;
}

static int add(const char *name)
{
	buffer_clear(&why);
	return source_set_add(&set, name, "x", 1, &why);
}

static void names_must_stay_below(void **state)
{
	char longest[5000] = "/";
	static const char *const bad[] = {
		"", "relative", "../x", "/../x", "/a/../../b", "/a/..", "/.", "/a//b", "/a/", "/",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(add(bad[i]), 1);
		assert_true(why.size > 0);
	}
	memset(longest + 1, 'a', 300);
	assert_int_equal(add(longest), 1);
	for (int i = 1; i < 4500; i += 2)
		memcpy(longest + i, "a/", 2);
	assert_int_equal(add(longest), 1);
	assert_int_equal(set.count, 0);
	assert_int_equal(add("/etc/bailiwick/..policy/x.yaml"), 0);
}

static void a_name_counts_once(void **state)
{
	(void)state;
	assert_int_equal(add("/a"), 0);
	assert_int_equal(add("/a"), 1);
	assert_non_null(strstr(why.data, "twice"));
}

static void sizes_have_limits(void **state)
{
	char *big = calloc(1, STAGE_FILE_MAX + 1);
	char name[16];

	(void)state;
	assert_int_equal(source_set_add(&set, "/big", big, STAGE_FILE_MAX + 1, &why), 1);
	assert_non_null(strstr(why.data, "16 MiB"));
	for (unsigned int i = 0; i < STAGE_TOTAL_MAX / STAGE_FILE_MAX; i++) {
		snprintf(name, sizeof(name), "/f%u", i);
		assert_int_equal(source_set_add(&set, name, big, STAGE_FILE_MAX, &why), 0);
	}
	assert_int_equal(add("/one-more"), 1);
	free(big);
}

static void a_stage_holds_the_files_and_goes_away(void **state)
{
	_cleanup_free_ char *path = NULL, *text = NULL, *file = NULL;
	struct buffer assignments = { 0 };
	struct stat st;
	size_t size;

	(void)state;
	assert_int_equal(source_set_add(&set, "/etc/b/one.yaml", "one\0!", 5, &why), 0);
	assert_int_equal(source_set_add(&set, "/etc/b/two.yaml", "", 0, &why), 0);
	assert_int_equal(source_set_add(&set, "/etc/b", "a file and a directory", 4, &why), 0);
	/* a name that is a directory of another: refused by the filesystem, nothing is left */
	assert_true(stage_make("/tmp", &set, &assignments, getuid(), &path) < 0);
	assert_null(path);
	source_set_done(&set);
	assert_int_equal(source_set_add(&set, "/etc/b/one.yaml", "one\0!", 5, &why), 0);
	buffer_append_text(&assignments, "{}\n");
	assert_int_equal(stage_make("/tmp", &set, &assignments, getuid(), &path), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_true(asprintf(&file, "%s/files/etc/b/one.yaml", path) > 0);
	assert_int_equal(readfile(file, 100, &text, &size), READFILE_FINE);
	assert_int_equal(size, 5);
	assert_memory_equal(text, "one\0!", 5);
	stage_remove(path);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(errno, ENOENT);
	buffer_done(&assignments);
}

static void no_parent_no_stage(void **state)
{
	struct buffer assignments = { 0 };
	char *path = NULL;

	(void)state;
	assert_int_equal(stage_make("/nonexistent", &set, &assignments, getuid(), &path), -ENOENT);
	assert_null(path);
	stage_remove(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(names_must_stay_below, tear_down),
		cmocka_unit_test_teardown(a_name_counts_once, tear_down),
		cmocka_unit_test_teardown(sizes_have_limits, tear_down),
		cmocka_unit_test_teardown(a_stage_holds_the_files_and_goes_away, tear_down),
		cmocka_unit_test_teardown(no_parent_no_stage, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
