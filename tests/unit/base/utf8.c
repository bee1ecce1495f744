// SPDX-License-Identifier: Apache-2.0
/* UTF-8 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/utf8.h"

static size_t decode(const char *text, uint32_t *character)
{
	return utf8_decode(text, strlen(text), character);
}

static void reads_the_well_formed(void **state)
{
	uint32_t character;

	(void)state;
	assert_int_equal(decode("a", &character), 1);
	assert_int_equal(character, 'a');
	assert_int_equal(decode("\xc3\xa9", &character), 2);
	assert_int_equal(character, 0xe9);
	assert_int_equal(decode("\xe2\x82\xac", &character), 3);
	assert_int_equal(character, 0x20ac);
	assert_int_equal(decode("\xf4\x8f\xbf\xbf", &character), 4);
	assert_int_equal(character, 0x10ffff);
	assert_int_equal(utf8_decode("\0", 1, &character), 1);
	assert_int_equal(character, 0);
}

static void refuses_the_rest(void **state)
{
	static const char *const cases[] = {
		"\x80", "\xbf", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xe0\x9f\xbf",
		"\xf0\x80\x80\xaf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80",
		"\xf8\x88\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3(",
	};
	uint32_t character;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(decode(cases[i], &character), 0);
}

static void counts(void **state)
{
	(void)state;
	assert_int_equal(utf8_length("a\xc3\xa9\xff", 4), 3);
	assert_int_equal(utf8_offset("a\xc3\xa9z", 4, 2), 3);
	assert_int_equal(utf8_offset("a\xc3\xa9z", 4, 9), 4);
	assert_int_equal(utf8_valid_prefix("a\xc3\xa9\xff", 4), 3);
	assert_int_equal(utf8_valid_prefix("", 0), 0);
}

static void shows_the_harmless_alone(void **state)
{
	static const uint32_t hidden[] = {
		0, 0x1b, 0x7f, 0x85, 0xa0, 0xad, 0x300, 0x200b, 0x200f, 0x202e, 0x2066, 0xfeff,
		0xe000, 0x1f600, 0x10ffff,
	};
	size_t i;

	(void)state;
	assert_int_equal(utf8_columns('a'), 1);
	assert_int_equal(utf8_columns(0xe9), 1);
	assert_int_equal(utf8_columns(0x65e5), 2);
	for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		assert_int_equal(utf8_columns(hidden[i]), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_well_formed),
		cmocka_unit_test(refuses_the_rest),
		cmocka_unit_test(counts),
		cmocka_unit_test(shows_the_harmless_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
