// SPDX-License-Identifier: Apache-2.0
/* Arrays that grow */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "compile/array.h"

/* Under AddressSanitizer too an allocation that cannot be is answered, not fatal. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void grows_when_it_is_full(void **state)
{
	uint32_t *numbers = NULL;
	size_t count = 0, capacity = 0;

	(void)state;
	for (; count < 1000; count++) {
		assert_int_equal(array_grow(&numbers, count, &capacity, sizeof(*numbers)), 0);
		assert_true(capacity > count);
		numbers[count] = (uint32_t)count;
	}
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(numbers[i], i);
	free(numbers);
}

static void says_when_there_is_no_room(void **state)
{
	uint32_t *numbers = malloc(4), *before = numbers;
	size_t capacity = SIZE_MAX / 8;

	(void)state;
	assert_int_equal(array_grow(&numbers, capacity, &capacity, sizeof(*numbers) * 4), -ENOMEM);
	assert_ptr_equal(numbers, before);
	assert_int_equal(capacity, SIZE_MAX / 8);
	free(numbers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_when_it_is_full),
		cmocka_unit_test(says_when_there_is_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
