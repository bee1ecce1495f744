/* SPDX-License-Identifier: Apache-2.0 */
/* The two groups by name, and what is neither */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "image/sign.h"

static void names_lead_back(void **state)
{
	(void)state;
	assert_string_equal(sign_group_name(SIGN_AUTHOR), "author");
	assert_string_equal(sign_group_name(SIGN_APPROVER), "approver");
	for (int group = 0; group < SIGN_GROUP_COUNT; group++)
		assert_int_equal(sign_group_find(sign_group_name((enum sign_group)group)), group);
}

static void what_is_no_group_is_nobody(void **state)
{
	static const char *const others[] = { "", "Author", "authors", "nobody", "author " };

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_int_equal(sign_group_find(others[i]), SIGN_GROUP_COUNT);
	assert_string_equal(sign_group_name(SIGN_GROUP_COUNT), "nobody");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_lead_back),
		cmocka_unit_test(what_is_no_group_is_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
