// SPDX-License-Identifier: Apache-2.0
/* The reference matcher: the language's patterns, case by case */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/glob.h"

struct example {
	const char *pattern;
	const char *path;
	int match;
};

static void check(const struct example *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (glob_match(list[i].pattern, list[i].path, strlen(list[i].path)) != list[i].match)
			fail_msg("%s on '%s' is not %d", list[i].pattern, list[i].path,
				 list[i].match);
}

#define CHECK(list) check(list, sizeof(list) / sizeof(*(list)))

static void names(void **state)
{
	static const struct example list[] = {
		{ "/a", "/a", 1 }, { "/a", "/b", 0 }, { "/a", "/a/b", 0 }, { "/a", "", 0 },
		{ "/", "", 1 }, { "/", "/", 1 }, { "/", "/a", 0 }, { "/*", "", 0 },
		{ "/*", "/a", 1 }, { "/*", "/a/b", 0 }, { "/a*", "/a", 1 }, { "/a*c", "/abbc", 1 },
		{ "/?", "/a", 1 }, { "/?", "/ab", 0 }, { "/a?b", "/a/b", 0 },
		{ "/??", "/\xc3\xa9", 1 },		/* bytes, not characters */
		{ "/.*", "/.ssh", 1 }, { "/*", "/.ssh", 1 },
		{ "/\\*", "/*", 1 }, { "/\\*", "/a", 0 }, { "/\\{a,b\\}", "/{a,b}", 1 },
		{ "/a,b", "/a,b", 1 },
	};

	(void)state;
	CHECK(list);
}

static void sets(void **state)
{
	static const struct example list[] = {
		{ "/[ab]", "/a", 1 }, { "/[ab]", "/c", 0 }, { "/[a-c]", "/b", 1 },
		{ "/[a-c]", "/d", 0 }, { "/[!a]", "/b", 1 }, { "/[!a]", "/a", 0 },
		{ "/[^a]", "/a", 0 }, { "/x[!a]y", "/x/y", 0 }, { "/[]]", "/]", 1 },
		{ "/[!]]", "/]", 0 }, { "/[a-]", "/-", 1 }, { "/[a\\]]", "/]", 1 },
		{ "/[{]", "/{", 1 }, { "/[*]", "/*", 1 }, { "/[*]", "/a", 0 },
	};

	(void)state;
	CHECK(list);
}

static void stars_that_cross(void **state)
{
	static const struct example list[] = {
		{ "/d/**", "/d", 1 }, { "/d/**", "/d/a", 1 }, { "/d/**", "/d/a/b", 1 },
		{ "/d/**", "/da", 0 }, { "/d/**", "", 0 }, { "/**", "", 1 }, { "/**", "/a/b", 1 },
		{ "/a/**/b", "/a/b", 1 }, { "/a/**/b", "/a/x/b", 1 }, { "/a/**/b", "/a/x/y/b", 1 },
		{ "/a/**/b", "/ab", 0 }, { "/a/**/b", "/a/xb", 0 }, { "/**/b", "/b", 1 },
		{ "/**/b", "/x/b", 1 }, { "/a**b", "/ab", 1 }, { "/a**b", "/a/x/b", 1 },
		{ "/a/**.txt", "/a/b/c.txt", 1 }, { "/a/**.txt", "/a/.txt", 1 },
		{ "/a/**.txt", "/a", 0 }, { "/a/**/**", "/a", 1 }, { "/a/*/**", "/a", 0 },
		{ "/a/*/**", "/a/b", 1 }, { "/a/**/*.k", "/a/x.k", 1 },
	};

	(void)state;
	CHECK(list);
}

static void braces(void **state)
{
	static const struct example list[] = {
		{ "/{a,b}", "/a", 1 }, { "/{a,b}", "/b", 1 }, { "/{a,b}", "/c", 0 },
		{ "/{a,b{c,d}}x", "/bdx", 1 }, { "/{a,b{c,d}}x", "/bx", 0 }, { "/x{,y}", "/x", 1 },
		{ "/x{,/**}", "/x/y/z", 1 }, { "/{a,b}/{c,d}", "/b/c", 1 },
		{ "/{a/b,c}", "/a/b", 1 }, { "/{[,],b}", "/,", 1 },
	};

	(void)state;
	CHECK(list);
}

static void what_is_no_pattern(void **state)
{
	(void)state;
	assert_int_equal(glob_match("/{a", "/a", 2), -EINVAL);
	assert_int_equal(glob_match("/a}", "/a", 2), -EINVAL);
	assert_int_equal(glob_match("/{a,[}", "/a", 2), -EINVAL);
	assert_int_equal(glob_match("/x\\", "/x", 2), -EINVAL);
	assert_int_equal(glob_match("/{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"
				    "{a,b}{a,b}", "/x", 2), -E2BIG);
}

/* Backtracking alone would take longer than the universe is old. */
static void takes_polynomial_time(void **state)
{
	char path[2000];

	(void)state;
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	assert_int_equal(glob_match("/a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", path, sizeof(path)), 0);
	assert_int_equal(glob_match("/**a**a**a**a**a**a**a**a**a**a**b", path, sizeof(path)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(sets),
		cmocka_unit_test(stars_that_cross),
		cmocka_unit_test(braces),
		cmocka_unit_test(what_is_no_pattern),
		cmocka_unit_test(takes_polynomial_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
