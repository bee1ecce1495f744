// SPDX-License-Identifier: Apache-2.0
/* FNV-1a */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/hash64.h"

/* Values published with the algorithm */
static void known_values(void **state)
{
	(void)state;
	assert_true(hash64("", 0) == UINT64_C(0xcbf29ce484222325));
	assert_true(hash64("a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
	assert_true(hash64("foobar", 6) == UINT64_C(0x85944171f73967e8));
}

static void pieces_give_the_same(void **state)
{
	(void)state;
	assert_true(hash64_more(hash64("foo", 3), "bar", 3) == hash64("foobar", 6));
	assert_true(hash64_more(HASH64_START, "", 0) == HASH64_START);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_values),
		cmocka_unit_test(pieces_give_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
