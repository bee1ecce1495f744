// SPDX-License-Identifier: Apache-2.0
/* Tests of sink/field.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "sink/field.h"

static const char *shown(const char *text, const char *special, size_t most)
{
	static struct buffer out;

	buffer_clear(&out);
	assert_int_equal(field_append(&out, text, strlen(text), special, most), 0);
	return out.size ? out.data : "";
}

static void fields(void **state)
{
	(void)state;
	assert_string_equal(shown("", "=", 10), "");
	assert_string_equal(shown("a=b\\c", "=\\", 10), "a\\=b\\\\c");
	assert_string_equal(shown("0123456789", "", 10), "0123456789");
	assert_string_equal(shown("0123456789x", "", 10), "0123456...");
	assert_string_equal(shown("12345\303\244\303\244xxxxx", "", 10), "12345\303\244...");
	assert_string_equal(shown("123456\303\244\303\244xxxxx", "", 10), "123456...");
	assert_null(strchr(shown("\033\n\r\xff", "", 100), '\033'));
	assert_null(strchr(shown("\033\n\r\xff", "", 100), '\n'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
