// SPDX-License-Identifier: Apache-2.0
/* Tests of event/tally.h: exact as long as there is room, bounded always */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "event/tally.h"

static uint64_t count_of(const struct tally *tally, const char *role, uint32_t severity)
{
	uint64_t found = 0;

	for (size_t i = 0; i < tally->count; i++)
		if (!strcmp(tally->entries[i].role, role) && tally->entries[i].severity == severity)
			found += tally->entries[i].count;
	return found;
}

static void what_differs_is_counted_apart(void **state)
{
	struct tally tally = { 0 };

	(void)state;
	tally_add(&tally, 0, "denied", "clerk", 1);
	tally_add(&tally, 0, "denied", "clerk", 41);
	tally_add(&tally, 1, "denied", "clerk", 3);
	tally_add(&tally, 0, "audited", "clerk", 5);
	tally_add(&tally, 0, "denied", "web", 7);
	assert_int_equal(tally.count, 4);
	assert_int_equal(tally.entries[0].count, 42);
	assert_int_equal(count_of(&tally, "clerk", 1), 3);
	assert_int_equal(count_of(&tally, "web", 0), 7);
	tally_done(&tally);
	assert_int_equal(tally.count, 0);
}

static void beyond_the_limit_nothing_is_lost(void **state)
{
	struct tally tally = { 0 };
	uint64_t sum = 0;
	char role[32];

	(void)state;
	for (unsigned int i = 0; i < 2 * TALLY_MOST; i++) {
		snprintf(role, sizeof(role), "role-%u", i);
		tally_add(&tally, i % 3, "denied", role, 2);
	}
	for (size_t i = 0; i < tally.count; i++)
		sum += tally.entries[i].count;
	assert_int_equal(sum, 4 * TALLY_MOST);
	assert_true(tally.count <= TALLY_MOST + 3);
	assert_int_equal(count_of(&tally, TALLY_OTHER, 0) + count_of(&tally, TALLY_OTHER, 1) +
			 count_of(&tally, TALLY_OTHER, 2), 2 * TALLY_MOST);
	assert_int_equal(count_of(&tally, "role-0", 0), 2);
	tally_done(&tally);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_differs_is_counted_apart),
		cmocka_unit_test(beyond_the_limit_nothing_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
