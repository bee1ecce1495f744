// SPDX-License-Identifier: Apache-2.0
/* Names before bodies */
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

static void order_does_not_matter(void **state)
{
	struct fixture f;

	(void)state;
	load_good(&f, "assignments: [{subject: 'user:a', role: r}]\n"
		      "roles: {r: {include: s, files: [{allow: read, on: c}], network: [{bind: n}]}, s: {}}\n"
		      "networks: {n: {tcp: 1}}\n"
		      "classes: {c: {paths: /c}}\n");
	assert_int_equal(f.policy->role_count, 2);
	done(&f);
}

static void names_of_a_kind_are_its_own(void **state)
{
	struct fixture f;

	(void)state;
	load_good(&f, "classes: {x: {paths: /c}, none: {paths: /n}, any: {paths: /a}}\n"
		      "networks: {x: {tcp: 1}, none: {tcp: 1}}\nroles: {x: {}, any: {}}\n");
	done(&f);
}

static void bad_names(void **state)
{
	(void)state;
	load_bad("roles: {none: {}}\n", "p:2:9: error: 'none' is built in");
	load_bad("roles: {canary: {}}\n", "'canary' is built in");
	load_bad("networks: {any: {tcp: 1}}\n", "'any' is built in");
	load_bad("roles: {'a b': {}}\n", "p:2:11: error: the name of a role starts with");
	load_bad("roles: {'.a': {}}\n", "p:2:10: error: the name of a role starts with");
	load_bad("roles: {a: }\n", "role 'a' says nothing");
	load_bad("roles: []\n", "a mapping from the name of a role");
	load_bad("rolls: {}\n", "did you mean 'roles'?");
}

static void the_version(void **state)
{
	(void)state;
	load_bad("version: 1\n", "'version' is written twice");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(names_of_a_kind_are_its_own),
		cmocka_unit_test(bad_names),
		cmocka_unit_test(the_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
