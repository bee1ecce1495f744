// SPDX-License-Identifier: Apache-2.0
/* Includes */
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

static void rules_come_in_order_with_their_origin(void **state)
{
	static const char *const order[] = { "/top", "/left", "/base", "/right" };
	const struct role *top;
	struct fixture f;
	size_t i;

	(void)state;
	load_good(&f, "roles:\n"
		      "  base: {files: [{allow: read, on: /base}]}\n"
		      "  right: {include: base, files: [{deny: read, on: /right}]}\n"
		      "  left: {include: base, files: [{allow: read, on: /left}]}\n"
		      "  top: {include: [left, right], files: [{allow: read, on: /top}],\n"
		      "        network: [{bind: {tcp: 1}}]}\n"
		      "  over: {include: top, mode: audit}\n");
	top = policy_find_role(f.policy, "top");
	assert_int_equal(top->file_count, 4);
	for (i = 0; i < 4; i++) {
		assert_string_equal(top->files[i]->on[0].pattern->text, order[i]);
		assert_string_equal(top->files[i]->origin->name, order[i] + 1);
	}
	assert_true(top->files[3]->deny);
	assert_int_equal(policy_find_role(f.policy, "base")->file_count, 1);
	assert_int_equal(policy_find_role(f.policy, "over")->file_count, 4);
	assert_int_equal(policy_find_role(f.policy, "over")->network_count, 1);
	done(&f);
}

static void masks_add_up_and_modes_do_not(void **state)
{
	const struct role *role;
	struct fixture f;

	(void)state;
	load_good(&f, "roles:\n"
		      "  base: {mode: audit, descriptors: trust, capabilities: chown, families: unix,\n"
		      "         privileges: mount, claims: [{can: capability chown}]}\n"
		      "  r: {include: base, capabilities: kill}\n"
		      "  s: {include: base, families: netlink}\n");
	role = policy_find_role(f.policy, "r");
	assert_int_equal(role->mode, BAILIWICK_MODE_ENFORCE);
	assert_false(role->descriptors_trusted);
	assert_true(role->capabilities == ((1ull << 0) | (1ull << 5)));
	/* the default families are for roles where nobody said anything */
	assert_true(role->families == 1ull << AF_UNIX);
	assert_true(role->privileges == BAILIWICK_PRIVILEGE_MOUNT);
	assert_int_equal(role->claim_count, 0);
	role = policy_find_role(f.policy, "s");
	assert_true(role->families == ((1ull << AF_UNIX) | (1ull << AF_NETLINK)));
	done(&f);
}

static void the_own_transition_wins(void **state)
{
	const struct role *role;
	struct fixture f;

	(void)state;
	load_good(&f, "roles:\n"
		      "  a: {exec: {/x: none, /y: a}}\n"
		      "  b: {exec: {/x: unconfined, /y: a}}\n"
		      "  r: {include: [a, b], exec: {/x: r}}\n");
	role = policy_find_role(f.policy, "r");
	assert_int_equal(role->exec_count, 2);
	assert_ptr_equal(role->exec[0]->to.role, role);
	assert_string_equal(role->exec[1]->program.text, "/y");
	assert_string_equal(role->exec[1]->origin->name, "a");
	done(&f);
	load_bad("roles:\n  a: {exec: {/x: none}}\n  b: {exec: {/x: unconfined}}\n"
		 "  r: {include: [a, b]}\n", "p:5:3: error: roles that 'r' includes disagree");
}

static void cycles_are_found(void **state)
{
	(void)state;
	load_bad("roles: {a: {include: a}}\n", "role 'a' includes itself: a -> a");
	load_bad("roles:\n  x: {include: b}\n  a: {include: b}\n  b: {include: c}\n  c: {include: b}\n",
		 "p:6:16: error: role 'b' includes itself: b -> c -> b");
	load_bad("roles:\n  a: {include: b}\n  b: {include: a}\n  c: {include: d}\n  d: {include: c}\n",
		 "p:6:16: error: role 'c' includes itself: c -> d -> c");
}

/* As deep as there may be roles, without a stack that grows with it */
static void a_long_chain(void **state)
{
	static char text[200000];
	char *at = text;
	struct fixture f;
	int i;

	(void)state;
	at += sprintf(at, "roles:\n  r0: {files: [{allow: read, on: /a}]}\n");
	for (i = 1; i < 4096; i++)
		at += sprintf(at, "  r%d: {include: r%d}\n", i, i - 1);
	load_good(&f, text);
	assert_int_equal(f.policy->roles[4095]->file_count, 1);
	assert_string_equal(f.policy->roles[4095]->files[0]->origin->name, "r0");
	done(&f);
}

static void unusable_rules_are_told(void **state)
{
	struct fixture f;

	(void)state;
	load_good(&f, "roles: {r: {families: unix, network: [{bind: {tcp: 1}}]}}\n");
	assert_int_equal(diag_warnings(f.diag), 1);
	done(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_come_in_order_with_their_origin),
		cmocka_unit_test(masks_add_up_and_modes_do_not),
		cmocka_unit_test(the_own_transition_wins),
		cmocka_unit_test(cycles_are_found),
		cmocka_unit_test(a_long_chain),
		cmocka_unit_test(unusable_rules_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
