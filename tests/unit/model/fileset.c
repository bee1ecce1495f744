// SPDX-License-Identifier: Apache-2.0
/* From paths to files */
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

#include "diag/diag.h"
#include "model/fileset.h"

static char dir[] = "/tmp/fileset-XXXXXX";

static const char *path(const char *name)
{
	static char buf[4][256];
	static int turn;

	turn = (turn + 1) % 4;
	snprintf(buf[turn], sizeof(buf[turn]), "%s/%s", dir, name);
	return buf[turn];
}

static void touch(const char *name)
{
	close(open(path(name), O_CREAT | O_WRONLY, 0600));
}

static void takes_policies_by_name(void **state)
{
	struct diag *diag = diag_new();
	struct fileset set = { 0 };

	(void)state;
	touch("b.yaml");
	touch("a.yml");
	touch(".hidden.yaml");
	touch("notes.txt");
	touch("yaml");
	assert_int_equal(mkdir(path("sub"), 0700), 0);
	touch("sub/c.yaml");
	assert_int_equal(fileset_add(&set, path("sub/"), diag), 0);
	assert_int_equal(fileset_add(&set, dir, diag), 0);
	assert_int_equal(fileset_add(&set, path("missing"), diag), 0);
	assert_int_equal(set.count, 4);
	assert_string_equal(set.paths[0], path("sub/c.yaml"));
	assert_string_equal(set.paths[1], path("a.yml"));
	assert_string_equal(set.paths[2], path("b.yaml"));
	assert_string_equal(set.paths[3], path("missing"));
	assert_int_equal(diag_errors(diag), 0);
	fileset_done(&set);
	assert_int_equal(set.count, 0);
	diag_free(diag);
}

static void a_bare_directory_is_a_mistake(void **state)
{
	struct diag *diag = diag_new();
	struct fileset set = { 0 };

	(void)state;
	assert_int_equal(mkdir(path("bare"), 0700), 0);
	assert_int_equal(fileset_add(&set, path("bare"), diag), 1);
	assert_int_equal(diag_errors(diag), 1);
	assert_int_equal(set.count, 0);
	fileset_done(&set);
	diag_free(diag);
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	static const char *const names[] = {
		"b.yaml", "a.yml", ".hidden.yaml", "notes.txt", "yaml", "sub/c.yaml",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path(names[i]));
	rmdir(path("sub"));
	rmdir(path("bare"));
	return rmdir(dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_policies_by_name),
		cmocka_unit_test(a_bare_directory_is_a_mistake),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
