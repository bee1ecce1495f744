// SPDX-License-Identifier: Apache-2.0
/* Roles: what they say themselves */
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

static void all_of_a_role(void **state)
{
	const struct role *role;
	struct fixture f;

	(void)state;
	load_good(&f, "roles:\n"
		      "  base: {}\n"
		      "  r:\n"
		      "    mode: audit\n"
		      "    include: [base]\n"
		      "    families: [unix, alg]\n"
		      "    capabilities: [chown, checkpoint_restore]\n"
		      "    privileges: [io-uring, mount]\n"
		      "    descriptors: trust\n"
		      "    exec: {/a: base, '/b*': none, /c: unconfined, /d: r}\n");
	role = policy_find_role(f.policy, "r");
	assert_non_null(role);
	assert_int_equal(role->index, 1);
	assert_ptr_equal(f.policy->roles[1], role);
	assert_int_equal(role->mode, BAILIWICK_MODE_AUDIT);
	assert_true(role->descriptors_trusted);
	assert_int_equal(role->include_count, 1);
	assert_ptr_equal(role->includes[0].role, f.policy->roles[0]);
	assert_true(role->families == ((1ull << AF_UNIX) | (1ull << AF_ALG)));
	assert_true(role->capabilities == ((1ull << 0) | (1ull << 40)));
	assert_true(role->privileges == (BAILIWICK_PRIVILEGE_IO_URING | BAILIWICK_PRIVILEGE_MOUNT));
	assert_int_equal(role->exec_count, 4);
	assert_string_equal(role->exec[0]->program.text, "/a");
	assert_int_equal(role->exec[0]->to.kind, ROLE_NAMED);
	assert_ptr_equal(role->exec[0]->to.role, f.policy->roles[0]);
	assert_int_equal(role->exec[1]->to.kind, ROLE_NONE);
	assert_null(role->exec[1]->to.role);
	assert_int_equal(role->exec[2]->to.kind, ROLE_UNCONFINED);
	assert_ptr_equal(role->exec[3]->to.role, role);
	done(&f);
}

static void what_is_not_said(void **state)
{
	const struct role *role;
	struct fixture f;

	(void)state;
	load_good(&f, "roles: {r: {}}\n");
	role = f.policy->roles[0];
	assert_int_equal(role->mode, BAILIWICK_MODE_ENFORCE);
	assert_false(role->descriptors_trusted);
	assert_true(role->families == ((1ull << AF_UNIX) | (1ull << AF_INET) | (1ull << AF_INET6)));
	assert_true(role->capabilities == 0);
	assert_true(role->privileges == 0);
	assert_int_equal(role->file_count, 0);
	assert_null(policy_find_role(f.policy, "none"));
	done(&f);
}

static void all_capabilities(void **state)
{
	struct fixture f;

	(void)state;
	load_good(&f, "roles: {r: {capabilities: all}, s: {capabilities: [], families: []}}\n");
	assert_true(f.policy->roles[0]->capabilities == (1ull << 41) - 1);
	assert_true(f.policy->roles[1]->capabilities == 0);
	assert_true(f.policy->roles[1]->families == 0);
	done(&f);
	load_bad("roles: {r: {privileges: all}}\n", "unknown privilege 'all'");
	load_bad("roles: {r: {families: all}}\n", "unknown address family 'all'");
}

static void mistakes(void **state)
{
	(void)state;
	load_bad("roles: {r: {include: s}}\n", "unknown role 's'");
	load_bad("roles: {r: {include: none}}\n", "'none' holds no rules to include");
	load_bad("roles: {r: {exec: {/a: }}}\n", "'/a' has no role to change to");
	load_bad("roles: {r: {exec: {a: r}}}\n", "a path is absolute");
	load_bad("roles: {r: {descriptors: truts}}\n", "did you mean 'trust'?");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_a_role),
		cmocka_unit_test(what_is_not_said),
		cmocka_unit_test(all_capabilities),
		cmocka_unit_test(mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
