// SPDX-License-Identifier: Apache-2.0
/* Assignments and defaults */
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

static void all_of_an_assignment(void **state)
{
	const struct assignment *list;
	struct fixture f;

	(void)state;
	load_good(&f, "roles: {r: {}, s: {}}\n"
		      "assignments:\n"
		      "  - {subject: 'user:alice', role: r, until: 2036-12-31T18:00:00Z}\n"
		      "  - {subject: 'group:100', role: none}\n"
		      "  - {subject: 'unit:a.service', role: unconfined}\n"
		      "  - {subject: 'exe:/usr/{a,b}', role: s}\n"
		      "  - {subject: 'user:alice', role: s}\n");
	assert_int_equal(f.policy->assignment_count, 5);
	list = f.policy->assignments;
	assert_int_equal(list[0].kind, SUBJECT_USER);
	assert_string_equal(list[0].name, "alice");
	assert_false(list[0].numeric);
	assert_ptr_equal(list[0].role.role, f.policy->roles[0]);
	assert_true(list[0].expires);
	assert_true(list[0].until == INT64_C(2114359200));
	assert_int_equal(list[0].at.line, 4);
	assert_int_equal(list[1].kind, SUBJECT_GROUP);
	assert_true(list[1].numeric);
	assert_int_equal(list[1].id, 100);
	assert_int_equal(list[1].role.kind, ROLE_NONE);
	assert_false(list[1].expires);
	assert_int_equal(list[2].role.kind, ROLE_UNCONFINED);
	assert_int_equal(list[3].kind, SUBJECT_EXE);
	assert_string_equal(list[3].program.text, "/usr/{a,b}");
	assert_int_equal(list[3].program.at.column, 20);
	done(&f);
}

static void defaults(void **state)
{
	struct fixture f;

	(void)state;
	load_good(&f, "roles: {r: {}}\ndefaults: {users: r}\n");
	assert_int_equal(f.policy->default_users.kind, ROLE_NAMED);
	assert_ptr_equal(f.policy->default_users.role, f.policy->roles[0]);
	assert_int_equal(f.policy->default_units.kind, ROLE_UNCONFINED);
	assert_null(f.policy->default_units.at.source);
	done(&f);
	load_good(&f, "defaults: {users: none, units: unconfined}\n");
	assert_int_equal(f.policy->default_users.kind, ROLE_NONE);
	assert_non_null(f.policy->default_units.at.source);
	done(&f);
}

static void contradictions(void **state)
{
	(void)state;
	load_bad("roles: {r: {}}\nassignments:\n  - {subject: 'user:a', role: r}\n"
		 "  - {subject: 'user:a', role: r}\n", "p:5:16: error: 'user:a' has this role already");
	load_bad("roles: {r: {}}\nassignments:\n  - {subject: 'user:a', role: r}\n"
		 "  - {subject: 'user:a', role: none}\n"
		 "  - {subject: 'user:a', role: unconfined}\n",
		 "p:6:16: error: 'user:a' is unconfined and has a role");
}

static void mistakes(void **state)
{
	(void)state;
	load_bad("assignments: [{subject: 'user:a', role: r}]\n", "unknown role 'r'");
	load_bad("assignments: [{subject: 'user:a'}]\n", "an assignment has a 'role'");
	load_bad("assignments: [{role: none}]\n", "an assignment has a 'subject'");
	load_bad("assignments: [{subject: 'user:a', role: none, until: tomorrow}]\n",
		 "'tomorrow' is not a date with time and zone");
	load_bad("assignments: [{subject: 'exe:/a/../b', role: none}]\n", "p:2:33: error: bad pattern");
	load_bad("assignments: {a: b}\n", "'assignments' is a list");
	load_bad("defaults: {users: canary}\n", "'canary' is a role of Bailiwick's own");
}

static void an_ended_one_is_told(void **state)
{
	struct fixture f;

	(void)state;
	load_good(&f, "assignments: [{subject: 'user:a', role: none, until: 2001-01-01T00:00:00Z}]\n");
	assert_int_equal(diag_warnings(f.diag), 1);
	assert_true(f.policy->assignments[0].expires);
	done(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_an_assignment),
		cmocka_unit_test(defaults),
		cmocka_unit_test(contradictions),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(an_ended_one_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
