// SPDX-License-Identifier: Apache-2.0
/* The users and groups of this system */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "compile/accounts.h"

static void finds_root_and_nobody_else(void **state)
{
	uint32_t uid = 4711;

	(void)state;
	assert_int_equal(accounts.user(NULL, "root", &uid), 0);
	assert_int_equal(uid, 0);
	assert_int_equal(accounts.user(NULL, "no-such-user-here", &uid), 1);
	assert_int_equal(uid, 0);
}

/* Root's primary group is group 0, whose own list is empty as a rule. */
static void primary_members_are_members(void **state)
{
	const struct group *group = getgrgid(0);
	uint32_t *uids = NULL, gid = 0;
	size_t count = 0;
	bool root = false;

	(void)state;
	assert_non_null(group);
	assert_int_equal(accounts.group(NULL, group->gr_name, NULL, &uids, &count), 0);
	for (size_t i = 0; i < count; i++)
		root |= uids[i] == 0;
	assert_true(root);
	free(uids);
	assert_int_equal(accounts.group(NULL, "0", &gid, &uids, &count), 0);
	assert_true(count >= 1);
	free(uids);
	assert_int_equal(accounts.group(NULL, "no-such-group-here", NULL, &uids, &count), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_root_and_nobody_else),
		cmocka_unit_test(primary_members_are_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
