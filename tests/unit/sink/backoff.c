// SPDX-License-Identifier: Apache-2.0
/* Tests of sink/backoff.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "sink/backoff.h"

static void it_grows_to_its_limit_and_is_never_the_same(void **state)
{
	struct backoff backoff = { 0 };
	uint64_t first, least = UINT64_MAX, most = 0;

	(void)state;
	first = backoff_next(&backoff, 60000);
	assert_true(first >= 50 && first <= 100);
	for (int i = 1; i < 100; i++) {
		uint64_t wait = backoff_next(&backoff, 60000);
		uint64_t whole = i < 20 ? 100ull << i : 60000;

		if (whole > 60000)
			whole = 60000;
		assert_true(wait >= whole / 2 && wait <= whole);
		if (i >= 10 && wait < least)
			least = wait;
		if (i >= 10 && wait > most)
			most = wait;
	}
	assert_true(most - least > 10000);
	backoff_done(&backoff);
	assert_true(backoff_next(&backoff, 60000) <= 100);
	assert_true(backoff_next(&backoff, 1) <= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_grows_to_its_limit_and_is_never_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
