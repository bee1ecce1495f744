// SPDX-License-Identifier: Apache-2.0
/* Tests of event/names.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "event/names.h"

static char path[] = "/tmp/names-XXXXXX";

static void put(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void names_follow_the_file(void **state)
{
	struct names *names;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	put("root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:/bin/sh\n# no user\nalice:x:1000:1000::/:/bin/sh\n");
	names = names_new(path);
	assert_string_equal(names_user(names, 0), "root");
	assert_string_equal(names_user(names, 1000), "alice");
	assert_null(names_user(names, 1));
	assert_null(names_user(names, UINT32_MAX));
	put("bob:x:1000:1000::/:/bin/sh\n");
	names_refresh(names);
	assert_string_equal(names_user(names, 1000), "bob");
	assert_null(names_user(names, 0));
	unlink(path);
	names_refresh(names);
	assert_null(names_user(names, 1000));
	names_free(names);
}

static void no_file_is_no_names(void **state)
{
	struct names *names = names_new("/nonexistent/passwd");

	(void)state;
	assert_non_null(names);
	assert_null(names_user(names, 0));
	names_refresh(names);
	names_free(names);
	names = names_new("/dev/zero");
	assert_null(names_user(names, 0));
	names_free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_follow_the_file),
		cmocka_unit_test(no_file_is_no_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
