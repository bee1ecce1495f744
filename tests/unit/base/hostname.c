// SPDX-License-Identifier: Apache-2.0
/* Tests of base/hostname.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hostname.h"

static void fine(const char *text, const char *name)
{
	char got[HOSTNAME_MAX] = "";

	assert_int_equal(hostname_check(text, got, NULL), HOSTNAME_FINE);
	assert_string_equal(got, name);
}

static void wrong(const char *text, enum hostname_mistake mistake, size_t offset)
{
	char got[HOSTNAME_MAX] = "untouched";
	size_t at = 999;

	assert_int_equal(hostname_check(text, got, &at), mistake);
	assert_int_equal(at, offset);
	assert_string_equal(got, "untouched");
}

static void names_as_they_are_asked(void **state)
{
	(void)state;
	fine("db.example", "db.example");
	fine("DB.Example.", "db.example");
	fine("db", "db");
	fine("a-b_c.0a.x1", "a-b_c.0a.x1");
	fine("1.2.3.4.example", "1.2.3.4.example");
	fine("xn--bcher-kva.example", "xn--bcher-kva.example");
	fine("notlocalhost", "notlocalhost");
}

static void what_is_no_name(void **state)
{
	(void)state;
	wrong("", HOSTNAME_EMPTY_LABEL, 0);
	wrong(".", HOSTNAME_EMPTY_LABEL, 0);
	wrong("a..b", HOSTNAME_EMPTY_LABEL, 2);
	wrong("a.b..", HOSTNAME_EMPTY_LABEL, 4);
	wrong(".a", HOSTNAME_EMPTY_LABEL, 0);
	wrong("a b", HOSTNAME_CHARACTER, 1);
	wrong("db.example/24", HOSTNAME_CHARACTER, 10);
	wrong("db.example:80", HOSTNAME_CHARACTER, 10);
	wrong("a.-b", HOSTNAME_HYPHEN, 2);
	wrong("a.b-.c", HOSTNAME_HYPHEN, 2);
	wrong("*.example", HOSTNAME_WILDCARD, 0);
	wrong("b\xc3\xbc" "cher.example", HOSTNAME_NOT_ASCII, 1);
}

static void names_that_others_read_as_addresses(void **state)
{
	(void)state;
	wrong("10.0.0.256", HOSTNAME_NUMBER, 7);
	wrong("10.1", HOSTNAME_NUMBER, 3);
	wrong("0x7f.1", HOSTNAME_NUMBER, 5);
	wrong("example.0x7F", HOSTNAME_NUMBER, 8);
	wrong("example.0x", HOSTNAME_NUMBER, 8);
	wrong("2130706433", HOSTNAME_NUMBER, 0);
	wrong("127.0.0.1.", HOSTNAME_NUMBER, 8);
	wrong("localhost", HOSTNAME_LOCAL, 0);
	wrong("LOCALHOST.", HOSTNAME_LOCAL, 0);
	wrong("db.localhost", HOSTNAME_LOCAL, 0);
}

static void lengths(void **state)
{
	char text[300], name[HOSTNAME_MAX];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[63] = 0;
	assert_int_equal(hostname_check(text, name, NULL), HOSTNAME_FINE);
	text[63] = 'a';
	text[64] = 0;
	wrong(text, HOSTNAME_LABEL_TOO_LONG, 0);
	text[64] = 'a';
	for (size_t i = 49; i < sizeof(text); i += 50)
		text[i] = '.';
	text[253] = 0;
	assert_int_equal(hostname_check(text, name, NULL), HOSTNAME_FINE);
	assert_int_equal(strlen(name), 253);
	text[253] = '.';
	text[254] = 0;
	assert_int_equal(hostname_check(text, name, NULL), HOSTNAME_FINE);
	text[253] = 'a';
	wrong(text, HOSTNAME_TOO_LONG, 0);
}

static void meant(const char *text, const char *name)
{
	char got[HOSTNAME_MAX] = "none";

	assert_int_equal(hostname_ascii(text, got), name != NULL);
	assert_string_equal(got, name ? name : "none");
}

/* The last is the Arabic sample of RFC 3492 */
static void what_other_letters_mean(void **state)
{
	char text[300];

	(void)state;
	meant("b\xc3\xbc" "cher.example", "xn--bcher-kva.example");
	meant("B\xc3\x9c" "CHER.Example", "xn--bcher-kva.example");
	meant("m\xc3\xbcnchen.de", "xn--mnchen-3ya.de");
	meant("\xd0\xbf\xd1\x80\xd0\xb8\xd0\xbc\xd0\xb5\xd1\x80.\xd1\x80\xd1\x84",
	      "xn--e1afmkfd.xn--p1ai");
	meant("\xd9\x84\xd9\x8a\xd9\x87\xd9\x85\xd8\xa7\xd8\xa8\xd8\xaa\xd9\x83\xd9\x84\xd9\x85\xd9\x88"
	      "\xd8\xb4\xd8\xb9\xd8\xb1\xd8\xa8\xd9\x8a\xd8\x9f", "xn--egbpdaj6bu4bxfgehfvwxn");
	meant("b\xc3\xbc" "cher/24", NULL);
	meant("b\xc3", NULL);
	meant("b\xc2\xa0.example", NULL);
	memset(text, 0xc3, sizeof(text));
	for (size_t i = 1; i < sizeof(text); i += 2)
		text[i] = (char)0xbc;
	text[298] = 0;
	meant(text, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_as_they_are_asked),
		cmocka_unit_test(what_is_no_name),
		cmocka_unit_test(names_that_others_read_as_addresses),
		cmocka_unit_test(lengths),
		cmocka_unit_test(what_other_letters_mean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
