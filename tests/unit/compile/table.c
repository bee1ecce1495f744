// SPDX-License-Identifier: Apache-2.0
/* Places in a hash section */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include <bailiwick/image.h>

#include "compile/table.h"

static void check(size_t count, uint32_t (*hash)(uint32_t))
{
	uint32_t *home = calloc(count + 1, 4), *slot = calloc(count + 1, 4), slots;
	uint8_t *taken;

	for (uint32_t i = 0; i < count; i++)
		home[i] = hash(i);
	assert_int_equal(table_place(home, count, slot, &slots), 0);
	assert_true(slots >= 1 && !(slots & (slots - 1)));
	taken = calloc(slots, 1);
	for (size_t i = 0; i < count; i++) {
		assert_true(slot[i] < slots);
		assert_false(taken[slot[i]]);
		taken[slot[i]] = 1;
	}
	for (size_t i = 0; i < count; i++) {
		uint32_t away = (slot[i] - home[i]) & (slots - 1);

		/* A look-up stops at the first free slot, and soon anyway. */
		assert_true(away < BAILIWICK_PROBES_MAX);
		for (uint32_t k = 0; k < away; k++)
			assert_true(taken[(home[i] + k) & (slots - 1)]);
	}
	free(home);
	free(slot);
	free(taken);
}

static uint32_t good(uint32_t i)
{
	return bailiwick_hash(1, i);
}

static uint32_t clustered(uint32_t i)
{
	return i / 12 * 64;
}

static uint32_t equal(uint32_t i)
{
	(void)i;
	return 7;
}

static void places_everything_where_it_is_found(void **state)
{
	(void)state;
	check(0, good);
	check(1, good);
	check(2, good);
	check(10000, good);
	check(2000, clustered);
	check(BAILIWICK_PROBES_MAX, equal);
}

static void gives_up_on_keys_that_are_one(void **state)
{
	uint32_t home[BAILIWICK_PROBES_MAX + 1] = { 0 }, slot[BAILIWICK_PROBES_MAX + 1], slots;

	(void)state;
	assert_true(table_place(home, BAILIWICK_PROBES_MAX + 1, slot, &slots) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_everything_where_it_is_found),
		cmocka_unit_test(gives_up_on_keys_that_are_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
