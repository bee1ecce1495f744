// SPDX-License-Identifier: Apache-2.0
/* Bytes in classes */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compile/alphabet.h"

static void bytes_nobody_tells_apart_share_a_class(void **state)
{
	struct alphabet a = { 0 };
	struct byte_set letters = { { 0 } };

	(void)state;
	for (int c = 'a'; c <= 'z'; c++)
		byte_set_add(&letters, (uint8_t)c);
	byte_set_add(&a.literal, 'q');
	assert_int_equal(alphabet_add_set(&a, &letters), 0);
	assert_int_equal(alphabet_add_set(&a, &letters), 0);
	alphabet_build(&a);
	/* Everything else, '/', 'q', the other letters. */
	assert_int_equal(a.class_count, 4);
	assert_int_equal(a.class_of[0], 0);
	assert_int_equal(a.class_of['A'], 0);
	assert_int_equal(a.class_of['b'], a.class_of['z']);
	assert_int_not_equal(a.class_of['q'], a.class_of['z']);
	assert_int_not_equal(a.class_of['/'], 0);
	for (int b = 0; b < 256; b++)
		assert_int_equal(a.class_of[a.byte_of[a.class_of[b]]], a.class_of[b]);
	assert_true(alphabet_holds(&a, 0, a.class_of['q']));
	assert_false(alphabet_holds(&a, 0, a.class_of['/']));
	alphabet_done(&a);
}

static void nul_is_class_0_in_every_alphabet(void **state)
{
	struct alphabet a = { 0 };
	struct byte_set low = { { 0xff, 0, 0, 0 } };

	(void)state;
	alphabet_add_set(&a, &low);	/* a set that holds NUL */
	for (int b = 1; b < 256; b++)
		byte_set_add(&a.literal, (uint8_t)b);
	alphabet_build(&a);
	assert_int_equal(a.class_count, 256);
	assert_int_equal(a.class_of[0], 0);
	assert_int_equal(a.byte_of[0], 0);
	alphabet_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_nobody_tells_apart_share_a_class),
		cmocka_unit_test(nul_is_class_0_in_every_alphabet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
