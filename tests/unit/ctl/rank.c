/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of ctl/rank.h: what is frequent stays, whatever else comes */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "ctl/rank.h"

static void the_most_frequent_comes_first(void **state)
{
	struct rank rank = { 0 };

	(void)state;
	rank_add(&rank, "b", 2);
	rank_add(&rank, "c", 5);
	rank_add(&rank, "a", 2);
	rank_add(&rank, "c", 1);
	rank_sort(&rank);
	assert_int_equal(rank.count, 3);
	assert_string_equal(rank.entries[0].text, "c");
	assert_int_equal(rank.entries[0].count, 6);
	assert_string_equal(rank.entries[1].text, "a");
	rank_mark(&rank);
	rank_add(&rank, "c", 4);
	assert_int_equal(rank.entries[0].count - rank.entries[0].before, 4);
	rank_done(&rank);
}

static void a_flood_of_names_drives_out_nothing_frequent(void **state)
{
	struct rank rank = { 0 };
	char text[32];

	(void)state;
	for (unsigned int i = 0; i < 20 * RANK_MOST; i++) {
		snprintf(text, sizeof(text), "/tmp/%u", i);
		rank_add(&rank, text, 1);
		if (i % 10 == 0)
			rank_add(&rank, "/etc/shadow", 1);
	}
	rank_sort(&rank);
	assert_int_equal(rank.count, RANK_MOST);
	assert_string_equal(rank.entries[0].text, "/etc/shadow");
	assert_true(rank.entries[0].count >= 2 * RANK_MOST);
	assert_true(rank.entries[0].count - rank.entries[0].excess <= 2 * RANK_MOST);
	rank_done(&rank);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_most_frequent_comes_first),
		cmocka_unit_test(a_flood_of_names_drives_out_nothing_frequent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
