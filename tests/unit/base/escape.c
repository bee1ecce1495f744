// SPDX-License-Identifier: Apache-2.0
/* Text from strangers, made harmless */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/escape.h"

static void check(int (*escape)(struct buffer *, const void *, size_t), const char *text,
		  size_t size, const char *expected)
{
	struct buffer out = { 0 };

	assert_int_equal(escape(&out, text, size), 0);
	assert_string_equal(out.data ? out.data : "", expected);
	buffer_done(&out);
}

static void ascii_loses_nothing(void **state)
{
	(void)state;
	check(escape_ascii, "plain text", 10, "plain text");
	check(escape_ascii, "a\nb\tc\\d", 7, "a\\nb\\tc\\\\d");
	check(escape_ascii, "\033[2J\0\x7f\xff", 7, "\\x1b[2J\\x00\\x7f\\xff");
	check(escape_ascii, "\xc3\xa9", 2, "\\xc3\\xa9");
	check(escape_ascii, "", 0, "");
}

static void json_is_json(void **state)
{
	(void)state;
	check(escape_json, "a\"b\\c/", 6, "\"a\\\"b\\\\c/\"");
	check(escape_json, "\b\f\n\r\t\x01\0", 7, "\"\\b\\f\\n\\r\\t\\u0001\\u0000\"");
	check(escape_json, "\xc3\xa9\xf0\x9f\x98\x80", 6, "\"\xc3\xa9\xf0\x9f\x98\x80\"");
	/* not UTF-8: alone, cut short, overlong, a surrogate */
	check(escape_json, "a\xff" "b", 3, "\"a\\ufffdb\"");
	check(escape_json, "\xc3", 1, "\"\\ufffd\"");
	check(escape_json, "\xc0\xaf", 2, "\"\\ufffd\\ufffd\"");
	check(escape_json, "\xed\xa0\x80", 3, "\"\\ufffd\\ufffd\\ufffd\"");
	/* what would act on a terminal or end a line elsewhere */
	check(escape_json, "\x7f\xc2\x9b\xe2\x80\xae\xe2\x80\xa8", 9,
	      "\"\\u007f\\u009b\\u202e\\u2028\"");
}

static void display_counts_columns(void **state)
{
	struct buffer out = { 0 };
	size_t columns = 0;

	(void)state;
	assert_int_equal(escape_display(&out, "ab\tc", 4, &columns), 0);
	assert_string_equal(out.data, "ab      c");
	assert_int_equal(columns, 9);
	buffer_clear(&out);
	columns = 0;
	assert_int_equal(escape_display(&out, "\xe6\x97\xa5\xc3\xbc\033\xff\xe2\x80\xae", 10, &columns), 0);
	assert_string_equal(out.data, "\xe6\x97\xa5\xc3\xbc<U+001B><FF><U+202E>");
	assert_int_equal(columns, 2 + 1 + 8 + 4 + 8);
	buffer_done(&out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ascii_loses_nothing),
		cmocka_unit_test(json_is_json),
		cmocka_unit_test(display_counts_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
