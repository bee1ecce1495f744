// SPDX-License-Identifier: Apache-2.0
/* SHA-256 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/sha256.h"

static void known_values(void **state)
{
	uint8_t digest[SHA256_SIZE];
	char text[SHA256_TEXT_SIZE];

	(void)state;
	assert_int_equal(sha256("", 0, digest), 0);
	assert_string_equal(sha256_format(digest, text),
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_int_equal(sha256("abc", 3, digest), 0);
	assert_string_equal(sha256_format(digest, text),
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void pieces_give_the_same(void **state)
{
	struct iovec pieces[] = { { (void *)"a", 1 }, { (void *)"", 0 }, { (void *)"bc", 2 } };
	uint8_t whole[SHA256_SIZE], parts[SHA256_SIZE];

	(void)state;
	assert_int_equal(sha256("abc", 3, whole), 0);
	assert_int_equal(sha256_pieces(pieces, 3, parts), 0);
	assert_memory_equal(whole, parts, SHA256_SIZE);
	assert_int_equal(sha256_pieces(pieces, 2, parts), 0);
	assert_memory_not_equal(whole, parts, SHA256_SIZE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_values),
		cmocka_unit_test(pieces_give_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
