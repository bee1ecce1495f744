// SPDX-License-Identifier: Apache-2.0
/* The syntax of path patterns */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "model/pattern.h"

static void good(const char *text)
{
	struct pattern_mistake mistake;

	if (pattern_check(text, &mistake))
		fail_msg("%s: %s", text, mistake.text);
}

static void bad(const char *text, size_t offset, size_t length)
{
	struct pattern_mistake mistake = { 0 };

	if (!pattern_check(text, &mistake))
		fail_msg("%s: accepted", text);
	if (mistake.offset != offset || mistake.length != length)
		fail_msg("%s: %s at %zu+%zu, expected %zu+%zu", text, mistake.text,
			 mistake.offset, mistake.length, offset, length);
}

static void signs(void **state)
{
	static const char *const texts[] = {
		"/", "/a", "/a/b", "/*", "/**", "/a/**/b", "/a*b?c", "/[abc]", "/[]]", "/[!]]",
		"/[^a-z]", "/[a-]", "/[\\]]", "/{a,b}", "/{a,{b,c}}", "/a{,b}",
		"/{a/b,c}/d", "/\\*\\\\", "/a,b", "/...", "/.a", "/a..", "/{a,b}.{c,d}", "/[{]",
		"/[,]", "/{[,],[}]}", "/\xc3\xa9",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		good(texts[i]);
}

static void mistakes_have_places(void **state)
{
	(void)state;
	bad("a/b", 0, 3);
	bad("", 0, 0);
	bad("//", 0, 2);
	bad("/a//b", 2, 2);
	bad("/a/", 2, 1);
	bad("/a/./b", 3, 1);
	bad("/a/..", 3, 2);
	bad("/a/\\..", 3, 3);
	bad("/a[", 2, 1);
	bad("/a[]", 2, 1);
	bad("/a[!]", 2, 1);
	bad("/[z-a]", 2, 3);
	bad("/[a/b]", 3, 1);
	bad("/[+-/]", 2, 3);
	bad("/[\xc3\xa9]", 2, 1);
	bad("/a{b", 2, 1);
	bad("/a}b", 2, 1);
	bad("/{a}", 1, 3);
	bad("/{a,{b}", 4, 3);
	bad("/a***", 2, 3);
	bad("/a\\", 2, 1);
	bad("/\\n", 1, 2);
	bad("/[\\n]", 2, 2);
	bad("/{a,.}/b", 1, 5);
	bad("/a{,/}", 4, 1);
}

static void limits(void **state)
{
	char text[5000];
	int i;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[0] = '/';
	text[256] = '\0';
	good(text);
	text[256] = 'a';
	text[257] = '\0';
	bad(text, 1, 256);
	/* a star makes no name longer, a set makes it one longer */
	text[200] = '*';
	good(text);
	for (i = 0; i < 4097; i += 2)
		memcpy(text + i, "/a", 2);
	text[4096] = '\0';
	good(text);
	memcpy(text + 4096, "/", 2);
	bad(text, 0, 4097);
	good("/{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}");
	bad("/{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b,c}", 0, 43);
	/* 256 alternatives of 513 bytes are more than 128 KiB */
	memset(text, 'a', sizeof(text));
	memcpy(text, "/{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}", 41);
	for (i = 100; i < 512; i += 100)
		text[i] = '/';
	text[512] = '\0';
	good(text);
	text[512] = 'a';
	text[513] = '\0';
	bad(text, 0, 513);
}

static void paths_have_no_signs(void **state)
{
	struct pattern_mistake mistake;

	(void)state;
	assert_int_equal(pattern_check_path("/a*[{\\", &mistake), 0);
	assert_int_equal(pattern_check_path("/", &mistake), 0);
	assert_int_equal(pattern_check_path("/a/../b", &mistake), 1);
	assert_int_equal(mistake.offset, 3);
	assert_int_equal(pattern_check_path("/a/", &mistake), 1);
	assert_int_equal(pattern_check_path("a", &mistake), 1);
	assert_int_equal(pattern_check_path("/a//b", &mistake), 1);
	assert_int_equal(mistake.offset, 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs),
		cmocka_unit_test(mistakes_have_places),
		cmocka_unit_test(limits),
		cmocka_unit_test(paths_have_no_signs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
