// SPDX-License-Identifier: Apache-2.0
/* Rows and what they fold */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <bailiwick/image.h>

#include "base/arena.h"
#include "compile/row.h"

static struct role roles[3] = {
	{ .name = (char *)"zeta", .index = 0, .mode = BAILIWICK_MODE_AUDIT, .families = 6,
	  .capabilities = 1, .descriptors_trusted = true },
	{ .name = (char *)"alpha", .index = 1, .mode = BAILIWICK_MODE_LEARN, .families = 1,
	  .capabilities = 2, .privileges = 4 },
	{ .name = (char *)"mid", .index = 2, .mode = BAILIWICK_MODE_DISABLED },
};
static struct inclusion includes[] = { { .role = &roles[1] } };
static struct role *list[] = { &roles[0], &roles[1], &roles[2] };
static const struct policy policy = { .roles = list, .role_count = 3 };

static void sets_are_folded_once(void **state)
{
	struct arena *arena = arena_new();
	struct role_set set = { 0 };
	struct rows rows;
	uint32_t row, again;

	(void)state;
	roles[0].includes = includes;
	roles[0].include_count = 1;
	assert_int_equal(rows_init(&rows, &policy, arena), 0);
	assert_int_equal(rows.count, BAILIWICK_ROW_FIRST + 3);
	assert_string_equal(rows.rows[BAILIWICK_ROW_FIRST].name, "zeta");
	/* zeta's rules are its own and those of what it includes. */
	assert_int_equal(rows.rows[BAILIWICK_ROW_FIRST].origin_count, 2);
	for (int i = 0; i < 2; i++) {
		const struct role_ref ref = { .kind = ROLE_NAMED, .role = &roles[0] };
		const struct role_ref other = { .kind = ROLE_NAMED, .role = &roles[1] };

		assert_int_equal(role_set_add(&set, i ? &ref : &other), 0);
		assert_int_equal(role_set_add(&set, i ? &other : &ref), 0);
		assert_int_equal(rows_find(&rows, &set, 0, i ? &again : &row), 0);
	}
	assert_int_equal(row, BAILIWICK_ROW_FIRST + 3);
	assert_int_equal(row, again);
	assert_string_equal(rows.rows[row].name, "alpha+zeta");
	assert_int_equal(rows.rows[row].families, 7);
	assert_int_equal(rows.rows[row].capabilities, 3);
	assert_int_equal(rows.rows[row].privileges, 4);
	assert_int_equal(rows.rows[row].mode, BAILIWICK_MODE_AUDIT);
	assert_false(rows.rows[row].trusts_descriptors);
	role_set_done(&set);
	rows_done(&rows);
	arena_free(arena);
}

static void empty_sets_and_references(void **state)
{
	const struct role_ref none = { .kind = ROLE_NONE }, unconfined = { .kind = ROLE_UNCONFINED };
	const struct role_ref named = { .kind = ROLE_NAMED, .role = &roles[2] };
	struct arena *arena = arena_new();
	struct role_set set = { 0 };
	struct rows rows;
	uint32_t row;

	(void)state;
	assert_int_equal(rows_init(&rows, &policy, arena), 0);
	assert_int_equal(role_set_add(&set, &none), 0);
	assert_int_equal(role_set_add(&set, &unconfined), 0);
	assert_int_equal(set.count, 0);
	assert_int_equal(rows_find(&rows, &set, BAILIWICK_ROW_NONE, &row), 0);
	assert_int_equal(row, BAILIWICK_ROW_NONE);
	assert_int_equal(rows_of_ref(&none), BAILIWICK_ROW_NONE);
	assert_int_equal(rows_of_ref(&unconfined), BAILIWICK_ROW_UNCONFINED);
	assert_int_equal(rows_of_ref(&named), BAILIWICK_ROW_FIRST + 2);
	assert_true(row_is_free(&rows, BAILIWICK_ROW_UNCONFINED));
	assert_true(row_is_free(&rows, BAILIWICK_ROW_FIRST + 2));
	assert_false(row_is_free(&rows, BAILIWICK_ROW_FIRST));
	assert_int_equal(rows.rows[BAILIWICK_ROW_FIRST + 2].capabilities, ~UINT64_C(0));
	rows_done(&rows);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_are_folded_once),
		cmocka_unit_test(empty_sets_and_references),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
