/* SPDX-License-Identifier: Apache-2.0 */
/* What needs more than a client runs in the program beside, with the words it was given */
#include "program.h"

#include <sys/stat.h>

/* A copy of the built program at @path below `here`; its directory is there already */
static void copy_program(const char *path)
{
	char command[512];

	snprintf(command, sizeof(command), "cp '%s' '%s/%s'", program_path(), here, path);
	assert_int_equal(system(command), 0);
}

/* Prints its words, one in a line; its exit code is the test's own */
static void make_commands(const char *path)
{
	assert_int_equal(chmod(make_file(path, "#!/bin/sh\nprintf '%s\\n' \"$@\"\nexit 47\n"), 0755), 0);
}

static void run_copy(struct run *run, const char *path, const char *const *words)
{
	char full[256];

	snprintf(full, sizeof(full), "%s/%s", here, path);
	assert_int_equal(setenv("BAILIWICK", full, 1), 0);
	run_program(run, words);
}

/* As it was installed: bin beside lib */
static void is_found_in_lib(void **state)
{
	static struct run run;
	char path[256];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", here,
			 ((const char *[]){ "bin", "lib", "lib/bailiwick" })[i]);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	copy_program("bin/bailiwick");
	make_commands("lib/bailiwick/commands");
	run_copy(&run, "bin/bailiwick",
		 (const char *[]){ "x", "policy", "check", "--json", "a b", "", "*", NULL });
	assert_int_equal(run.code, 47);
	assert_string_equal(run.out, "--socket\n/run/bailiwick/ctl.sock\npolicy\ncheck\n--json\na b\n\n*\n");
	/* options in front, help of one, and what other parts call */
	run_copy(&run, "bin/bailiwick", (const char *[]){ "x", "-S", "/a b", "status", NULL });
	assert_string_equal(run.out, "--socket\n/a b\nstatus\n");
	run_copy(&run, "bin/bailiwick", (const char *[]){ "x", "help", "journal", "verify", NULL });
	assert_string_equal(run.out, "--socket\n/run/bailiwick/ctl.sock\njournal\nverify\n--help\n");
	run_copy(&run, "bin/bailiwick", (const char *[]){ "x", "lookup", "--", "n", NULL });
	assert_string_equal(run.out, "--socket\n/run/bailiwick/ctl.sock\nlookup\n--\nn\n");
}

/* As it was built: both in one directory, however that is called */
static void is_found_beside(void **state)
{
	static struct run run;

	(void)state;
	copy_program("other");
	make_commands("commands");
	run_copy(&run, "other", (const char *[]){ "x", "keygen", "f", NULL });
	assert_int_equal(run.code, 47);
	assert_string_equal(run.out, "--socket\n/run/bailiwick/ctl.sock\nkeygen\nf\n");
}

/* Whoever has to take a right away needs one file less to be whole. */
static void a_client_needs_none(void **state)
{
	static struct run run;
	char path[256];

	(void)state;
	copy_program("alone");
	snprintf(path, sizeof(path), "%s/commands", here);
	unlink(path);
	run_copy(&run, "alone", (const char *[]){ "x", "status", NULL });
	assert_int_equal(run.code, 71);
	assert_string_equal(run.out, "");
	assert_contains(run.err, path);
	assert_contains(run.err, "No such file or directory");
	run_copy(&run, "alone", (const char *[]){ "x", "--socket", "/nowhere", "revoke", "user:0", NULL });
	assert_contains(run.err, "/nowhere");
	run_copy(&run, "alone", (const char *[]){ "x", "revoke", "--help", NULL });
	assert_int_equal(run.code, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_found_in_lib),
		cmocka_unit_test(is_found_beside),
		cmocka_unit_test(a_client_needs_none),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
