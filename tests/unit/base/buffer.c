// SPDX-License-Identifier: Apache-2.0
/* Bytes that grow */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

static void grows_and_terminates(void **state)
{
	struct buffer buffer = { 0 };
	char expected[1001];
	int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		expected[i] = (char)('a' + i % 26);
		assert_int_equal(buffer_append_byte(&buffer, expected[i]), 0);
	}
	expected[1000] = '\0';
	assert_int_equal(buffer.size, 1000);
	assert_string_equal(buffer.data, expected);
	buffer_done(&buffer);
	assert_null(buffer.data);
	assert_int_equal(buffer.size, 0);
}

static void formats(void **state)
{
	struct buffer buffer = { 0 };

	(void)state;
	buffer_append_text(&buffer, "a");
	buffer_printf(&buffer, "%d-%s", 42, "xyz");
	buffer_append_zeros(&buffer, 2);
	assert_int_equal(buffer.size, 9);
	assert_memory_equal(buffer.data, "a42-xyz\0\0", 10);
	buffer_clear(&buffer);
	assert_int_equal(buffer.size, 0);
	assert_string_equal(buffer.data, "");
	buffer_done(&buffer);
}

static void taking_empties(void **state)
{
	struct buffer buffer = { 0 };
	size_t size = 7;
	char *text;

	(void)state;
	text = buffer_take(&buffer, &size);
	assert_string_equal(text, "");
	assert_int_equal(size, 0);
	free(text);
	buffer_append(&buffer, "x\0y", 3);
	text = buffer_take(&buffer, &size);
	assert_int_equal(size, 3);
	assert_memory_equal(text, "x\0y\0", 4);
	assert_null(buffer.data);
	free(text);
}

static void overflow_is_sticky(void **state)
{
	struct buffer buffer = { 0 };

	(void)state;
	buffer_append_text(&buffer, "kept");
	assert_int_equal(buffer_append_zeros(&buffer, SIZE_MAX), -ENOMEM);
	assert_true(buffer.failed);
	assert_int_equal(buffer_append_text(&buffer, "x"), -ENOMEM);
	assert_int_equal(buffer.size, 4);
	assert_null(buffer_take(&buffer, NULL));
	assert_null(buffer.data);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_and_terminates),
		cmocka_unit_test(formats),
		cmocka_unit_test(taking_empties),
		cmocka_unit_test(overflow_is_sticky),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
