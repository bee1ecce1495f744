// SPDX-License-Identifier: Apache-2.0
/* Names to things */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/strmap.h"

static void finds_what_was_put(void **state)
{
	static char keys[3000][16];
	struct strmap map = { 0 };
	int i;

	(void)state;
	assert_null(strmap_get(&map, "k0"));
	for (i = 0; i < 3000; i++) {
		snprintf(keys[i], sizeof(keys[i]), "k%d", i);
		assert_null(strmap_put(&map, keys[i], keys[i]));
	}
	assert_int_equal(map.count, 3000);
	for (i = 0; i < 3000; i++)
		assert_ptr_equal(strmap_get(&map, keys[i]), keys[i]);
	assert_null(strmap_get(&map, "k3000"));
	assert_null(strmap_get(&map, ""));
	strmap_done(&map);
	assert_null(strmap_get(&map, "k0"));
}

static void the_first_stays(void **state)
{
	struct strmap map = { 0 };
	int one, two;
	char copy[] = "key";

	(void)state;
	assert_null(strmap_put(&map, "key", &one));
	assert_ptr_equal(strmap_put(&map, copy, &two), &one);
	assert_ptr_equal(strmap_get(&map, "key"), &one);
	assert_int_equal(map.count, 1);
	strmap_done(&map);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_was_put),
		cmocka_unit_test(the_first_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
