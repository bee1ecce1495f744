// SPDX-License-Identifier: Apache-2.0
/* Patterns as tokens */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "compile/token.h"

static char said[4096 * 16];

/* "a" for bytes, "*" "#" "%" for star, cross and names, "[n]" for sets; '|' between alternatives. */
static int say(void *data, const token_t *tokens, size_t count)
{
	char *at = said + strlen(said);

	(void)data;
	for (size_t i = 0; i < count; i++) {
		if (tokens[i] < 256)
			*at++ = (char)tokens[i];
		else if (tokens[i] < TOKEN_SET)
			*at++ = "*#%"[tokens[i] - TOKEN_STAR];
		else
			at += sprintf(at, "[%d]", tokens[i] - TOKEN_SET);
	}
	strcpy(at, "|");
	return 0;
}

static const char *spelled(const char *pattern, bool literal)
{
	struct alphabet alphabet = { 0 };

	*said = 0;
	if (tokens_each(pattern, literal, &alphabet, say, NULL) < 0)
		strcpy(said, "error");
	alphabet_done(&alphabet);
	return said;
}

static void reads_every_sign(void **state)
{
	(void)state;
	assert_string_equal(spelled("/a*b", false), "/a*b|");
	assert_string_equal(spelled("/a**b", false), "/a#b|");
	assert_string_equal(spelled("/a/**", false), "/a%|");
	assert_string_equal(spelled("/a/**/b", false), "/a%/b|");
	assert_string_equal(spelled("/**", false), "%|");
	assert_string_equal(spelled("/", false), "|");
	assert_string_equal(spelled("/**x", false), "/#x|");
	assert_string_equal(spelled("/?[a-c]?", false), "/[0][1][0]|");
	assert_string_equal(spelled("/\\*\\{", false), "/*{|");
	assert_string_equal(spelled("/a,b", false), "/a,b|");
}

static void spells_braces_out(void **state)
{
	(void)state;
	assert_string_equal(spelled("/{a,b}", false), "/a|/b|");
	assert_string_equal(spelled("/{a,b{c,d}}{x,y}", false),
			    "/ax|/ay|/bcx|/bcy|/bdx|/bdy|");
	assert_string_equal(spelled("/x{,/**}", false), "/x|/x%|");
	assert_string_equal(spelled("/{*,a}*", false), "%|/a*|");
	assert_string_equal(spelled("/{a\\,b,[,]}", false), "/a,b|/[0]|");
}

static void a_literal_path_has_no_signs(void **state)
{
	(void)state;
	assert_string_equal(spelled("/a[b]{c}?", true), "/a[b]{c}?|");
}

static void refuses_what_is_no_pattern(void **state)
{
	static const char *const bad[] = { "/{a", "/a}", "/[a", "/[", "/x\\", "/{[},a", "/[a-" };
	char many[200] = "/";

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_string_equal(spelled(bad[i], false), "error");
	for (int i = 0; i < 13; i++)
		strcat(many, "{a,b}");
	assert_string_equal(spelled(many, false), "error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_sign),
		cmocka_unit_test(spells_braces_out),
		cmocka_unit_test(a_literal_path_has_no_signs),
		cmocka_unit_test(refuses_what_is_no_pattern),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
