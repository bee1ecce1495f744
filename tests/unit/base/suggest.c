// SPDX-License-Identifier: Apache-2.0
/* Did you mean */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/suggest.h"

static void distances(void **state)
{
	(void)state;
	assert_int_equal(suggest_distance("", ""), 0);
	assert_int_equal(suggest_distance("abc", ""), 3);
	assert_int_equal(suggest_distance("kitten", "sitting"), 3);
	assert_int_equal(suggest_distance("raed", "read"), 1);
	assert_int_equal(suggest_distance("ab", "ba"), 1);
	assert_int_equal(suggest_distance("READ", "read"), 0);
	assert_int_equal(suggest_distance("net_admin", "net-admin"), 0);
	/* optimal string alignment: a swapped pair is not edited again */
	assert_int_equal(suggest_distance("ca", "abc"), 3);
}

static const char *best(const char *word, const char *a, const char *b)
{
	struct suggest suggest;

	suggest_init(&suggest, word);
	suggest_offer(&suggest, a);
	suggest_offer(&suggest, b);
	suggest_offer(&suggest, NULL);
	return suggest.best;
}

static void only_what_is_near(void **state)
{
	(void)state;
	assert_string_equal(best("clrek", "clerk", "guest"), "clerk");
	assert_string_equal(best("gest", "clerk", "guest"), "guest");
	assert_null(best("elsewhere", "clerk", "guest"));
	assert_null(best("x", "y", "z"));
	assert_string_equal(best("abcd", "abce", "abcf"), "abce");
}

static void long_words_are_left_alone(void **state)
{
	char word[200];

	(void)state;
	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_true(suggest_distance(word, "a") == SIZE_MAX);
	assert_null(best(word, word, "a"));
	word[SUGGEST_LENGTH_MAX] = '\0';
	assert_int_equal(suggest_distance(word, word), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(distances),
		cmocka_unit_test(only_what_is_near),
		cmocka_unit_test(long_words_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
