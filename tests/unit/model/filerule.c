// SPDX-License-Identifier: Apache-2.0
/* File rules */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <bailiwick/vocab.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/unit/model/fixture.h"

static void rights_and_targets(void **state)
{
	const struct role *role;
	struct fixture f;

	(void)state;
	load_good(&f, "classes: {c: {paths: /c}}\n"
		      "roles:\n"
		      "  r:\n"
		      "    files:\n"
		      "      - {allow: [read, list], on: [c, /a]}\n"
		      "      - {deny: read, on: /b, severity: serious, message: m, reason: F-1}\n");
	role = f.policy->roles[0];
	assert_int_equal(role->file_count, 2);
	assert_false(role->files[0]->deny);
	/* stat and lock come with an allowed read, and are not denied with it */
	assert_int_equal(role->files[0]->rights, BAILIWICK_RIGHT_READ | BAILIWICK_RIGHT_LIST |
			 BAILIWICK_RIGHT_STAT | BAILIWICK_RIGHT_LOCK);
	assert_int_equal(role->files[1]->rights, BAILIWICK_RIGHT_READ);
	assert_int_equal(role->files[0]->on_count, 2);
	assert_ptr_equal(role->files[0]->on[0].class, f.policy->classes[0]);
	assert_null(role->files[0]->on[0].pattern);
	assert_string_equal(role->files[0]->on[1].pattern->text, "/a");
	assert_null(role->files[0]->on[1].class);
	assert_false(role->files[0]->severity_given);
	assert_true(role->files[1]->deny);
	assert_true(role->files[1]->severity_given);
	assert_int_equal(role->files[1]->severity, BAILIWICK_SEVERITY_SERIOUS);
	assert_string_equal(role->files[1]->message, "m");
	assert_string_equal(role->files[1]->reason, "F-1");
	assert_ptr_equal(role->files[1]->origin, role);
	assert_int_equal(role->files[1]->at.line, 7);
	assert_int_equal(role->files[1]->at.column, 10);
	done(&f);
}

static void mistakes(void **state)
{
	(void)state;
	load_bad("roles: {r: {files: [{allow: read, on: cc}]}}\n", "error: unknown class 'cc'");
	load_bad("roles: {r: {files: [{allow: read, on: a/b}]}}\n",
		 "error: 'a/b' is neither a class nor an absolute path pattern");
	load_bad("roles: {r: {files: [{allow: [], on: /a}]}}\n", "error: 'allow' is empty");
	load_bad("roles: {r: {files: [{allow: read, on: []}]}}\n", "error: 'on' is empty");
	load_bad("roles: {r: {files: [{allow: read, deny: read, on: /a}]}}\n",
		 "error: a rule either allows or denies");
	load_bad("roles: {r: {files: [{allow: read, on: /a, message: \"a\\x07\"}]}}\n",
		 "one line without control characters");
	load_bad("roles: {r: {files: [{allow: read, on: [[/a]]}]}}\n", "is a single value");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rights_and_targets),
		cmocka_unit_test(mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
