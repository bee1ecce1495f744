/* SPDX-License-Identifier: Apache-2.0 */
/* Users and groups, from the name service of the machine the tests run on */
#include "program.h"

#include "ctl/resolve.h"

static void finds_users(void **state)
{
	uint32_t id = 77;

	(void)state;
	assert_int_equal(resolve_user("root", &id), RESOLVE_FINE);
	assert_int_equal(id, 0);
	assert_int_equal(resolve_user("no-such-user-here", &id), RESOLVE_UNKNOWN);
	assert_int_equal(id, 0);
}

static void numbers_are_their_own_answer(void **state)
{
	uint32_t id = 77;

	(void)state;
	assert_int_equal(resolve_user("4294967294", &id), RESOLVE_FINE);
	assert_int_equal(id, 4294967294u);
	assert_int_equal(resolve_group("12", &id), RESOLVE_FINE);
	assert_int_equal(id, 12);
	/* the kernel's "none", and numbers that do not fit, are nobody's */
	assert_int_equal(resolve_user("4294967295", &id), RESOLVE_UNKNOWN);
	assert_int_equal(resolve_user("99999999999999999999", &id), RESOLVE_UNKNOWN);
	assert_int_equal(resolve_user("", &id), RESOLVE_UNKNOWN);
}

static void finds_groups(void **state)
{
	uint32_t id = 77;

	(void)state;
	assert_int_equal(resolve_group("root", &id), RESOLVE_FINE);
	assert_int_equal(id, 0);
	assert_int_equal(resolve_group("no-such-group-here", &id), RESOLVE_UNKNOWN);
}

static int note_root(void *context, uint32_t uid)
{
	if (uid == 0)
		*(int *)context += 1;
	return 0;
}

static int refuse(void *context, uint32_t uid)
{
	(void)uid;
	*(int *)context += 1;
	return -ENOMEM;
}

static void members_are_also_those_of_the_primary_group(void **state)
{
	int seen = 0;

	(void)state;
	/* root is in no group's list; its primary group is 0 */
	assert_int_equal(resolve_members(0, note_root, &seen), RESOLVE_FINE);
	assert_true(seen >= 1);
	assert_int_equal(resolve_members(4294967294u, note_root, &seen), RESOLVE_UNKNOWN);
}

static void an_error_ends_the_walk(void **state)
{
	int calls = 0;

	(void)state;
	assert_int_equal(resolve_members(0, refuse, &calls), -ENOMEM);
	assert_int_equal(calls, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_users),
		cmocka_unit_test(numbers_are_their_own_answer),
		cmocka_unit_test(finds_groups),
		cmocka_unit_test(members_are_also_those_of_the_primary_group),
		cmocka_unit_test(an_error_ends_the_walk),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
