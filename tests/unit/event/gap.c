// SPDX-License-Identifier: Apache-2.0
/* Tests of event/gap.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "event/gap.h"

static struct gap gap;
static struct gap_range lost;

static int fresh(void **state)
{
	(void)state;
	gap_init(&gap, 1);
	return 0;
}

static void in_order_nothing_is_lost(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= 3 * GAP_WINDOW; i++) {
		assert_true(gap_seen(&gap, i, &lost));
		assert_int_equal(lost.count, 0);
	}
	gap_settle(&gap, 3 * GAP_WINDOW, &lost);
	assert_int_equal(lost.count, 0);
	assert_int_equal(gap.lost, 0);
}

static void the_other_way_round_is_no_loss(void **state)
{
	(void)state;
	assert_true(gap_seen(&gap, 2, &lost));
	assert_int_equal(lost.count, 0);
	assert_true(gap_seen(&gap, 1, &lost));
	gap_settle(&gap, 2, &lost);
	assert_int_equal(lost.count, 0);
}

static void twice_is_not_new(void **state)
{
	(void)state;
	assert_true(gap_seen(&gap, 1, &lost));
	assert_false(gap_seen(&gap, 1, &lost));
	assert_true(gap_seen(&gap, 3, &lost));
	assert_false(gap_seen(&gap, 3, &lost));
}

static void settling_tells_exactly_what_is_missing(void **state)
{
	(void)state;
	gap_seen(&gap, 1, &lost);
	gap_seen(&gap, 4, &lost);
	gap_seen(&gap, 7, &lost);
	gap_settle(&gap, 8, &lost);
	assert_int_equal(lost.first, 2);
	assert_int_equal(lost.last, 8);
	assert_int_equal(lost.count, 5);	/* 2 3 5 6 8 */
	assert_false(gap_seen(&gap, 3, &lost));	/* given up: too late */
	assert_true(gap_seen(&gap, 9, &lost));
	gap_settle(&gap, 9, &lost);
	assert_int_equal(lost.count, 0);
}

static void settling_below_what_came_waits_for_the_rest(void **state)
{
	(void)state;
	gap_seen(&gap, 5, &lost);
	gap_settle(&gap, 2, &lost);
	assert_int_equal(lost.count, 2);
	assert_true(gap_seen(&gap, 3, &lost));
	assert_true(gap_seen(&gap, 4, &lost));
	gap_settle(&gap, 5, &lost);
	assert_int_equal(lost.count, 0);
}

static void the_window_moves_on(void **state)
{
	(void)state;
	gap_seen(&gap, 1, &lost);
	gap_seen(&gap, GAP_WINDOW + 11, &lost);
	assert_int_equal(lost.first, 2);
	assert_int_equal(lost.last, GAP_WINDOW + 11 - GAP_KEPT);
	assert_int_equal(lost.count, GAP_WINDOW + 10 - GAP_KEPT);
	assert_true(gap_seen(&gap, GAP_WINDOW + 12 - GAP_KEPT, &lost));
	assert_false(gap_seen(&gap, GAP_WINDOW + 11 - GAP_KEPT, &lost));
}

/* Three of four are lost, as in a flood: told in large pieces, and each once */
static void a_flood_is_told_in_few_pieces(void **state)
{
	uint64_t told = 0, pieces = 0, last = 100 * GAP_WINDOW;

	(void)state;
	for (uint64_t i = 4; i <= last; i += 4) {
		assert_true(gap_seen(&gap, i, &lost));
		told += lost.count;
		pieces += lost.count > 0;
	}
	assert_true(pieces <= last / GAP_KEPT);
	gap_settle(&gap, last, &lost);
	assert_int_equal(told + lost.count, last / 4 * 3);
	assert_int_equal(gap.lost, last / 4 * 3);
}

static void a_jump_past_everything(void **state)
{
	(void)state;
	gap_seen(&gap, 2, &lost);
	gap_seen(&gap, UINT64_C(1) << 60, &lost);
	assert_int_equal(lost.first, 1);
	assert_true(lost.count == (UINT64_C(1) << 60) - GAP_KEPT - 1);
	assert_true(gap_seen(&gap, (UINT64_C(1) << 60) + 1, &lost));
}

static void beginning_in_the_middle(void **state)
{
	(void)state;
	gap_init(&gap, 1000);
	assert_false(gap_seen(&gap, 999, &lost));
	assert_true(gap_seen(&gap, 1000, &lost));
	gap_settle(&gap, 1000, &lost);
	assert_int_equal(lost.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(in_order_nothing_is_lost, fresh),
		cmocka_unit_test_setup(the_other_way_round_is_no_loss, fresh),
		cmocka_unit_test_setup(twice_is_not_new, fresh),
		cmocka_unit_test_setup(settling_tells_exactly_what_is_missing, fresh),
		cmocka_unit_test_setup(settling_below_what_came_waits_for_the_rest, fresh),
		cmocka_unit_test_setup(the_window_moves_on, fresh),
		cmocka_unit_test_setup(a_flood_is_told_in_few_pieces, fresh),
		cmocka_unit_test_setup(a_jump_past_everything, fresh),
		cmocka_unit_test_setup(beginning_in_the_middle, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
