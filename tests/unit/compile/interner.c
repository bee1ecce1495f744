// SPDX-License-Identifier: Apache-2.0
/* Rows of numbers kept once */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compile/interner.h"

static void equal_rows_have_one_index(void **state)
{
	static const uint32_t abc[] = { 1, 2, 3 };
	struct interner in = { 0 };
	uint32_t index;
	size_t count;

	(void)state;
	assert_int_equal(interner_add(&in, abc, 3, &index), 0);
	assert_int_equal(index, 0);
	assert_int_equal(interner_add(&in, abc, 2, &index), 0);
	assert_int_equal(index, 1);
	assert_int_equal(interner_add(&in, NULL, 0, &index), 0);
	assert_int_equal(index, 2);
	assert_int_equal(interner_add(&in, NULL, 0, &index), 0);
	assert_int_equal(index, 2);
	assert_int_equal(interner_add(&in, abc, 3, &index), 0);
	assert_int_equal(index, 0);
	assert_memory_equal(interner_get(&in, 0, &count), abc, sizeof(abc));
	assert_int_equal(count, 3);
	interner_get(&in, 2, &count);
	assert_int_equal(count, 0);
	interner_done(&in);
}

static void finds_each_of_many(void **state)
{
	struct interner in = { 0 };
	uint32_t index;

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < 20000; i++) {
			uint32_t row[] = { i % 7, i, i / 3 };

			assert_int_equal(interner_add(&in, row, 1 + i % 3, &index), 0);
			if (i % 3)
				continue;
			assert_true(index < in.count);
		}
		if (round == 0)
			index = (uint32_t)in.count;
	}
	/* 7 rows of one number, the others all differ; the second round added none. */
	assert_int_equal(in.count, 7 + 20000 - 6667);
	interner_done(&in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_rows_have_one_index),
		cmocka_unit_test(finds_each_of_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
