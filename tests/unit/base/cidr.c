// SPDX-License-Identifier: Apache-2.0
/* Addresses and prefixes */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/cidr.h"

static void reads_and_writes(void **state)
{
	static const char *const same[] = {
		"10.0.0.0/8", "192.0.2.1", "0.0.0.0/0", "255.255.255.255", "fd20::/32", "::1",
		"::/0", "2001:db8::1", "10.20.0.0/15", "fd20:0:8000::/33",
	};
	char buf[CIDR_TEXT_MAX];
	struct cidr cidr;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_int_equal(cidr_parse(same[i], &cidr), CIDR_FINE);
		assert_string_equal(cidr_format(&cidr, buf), same[i]);
	}
	assert_int_equal(cidr_parse("10.0.0.1/32", &cidr), CIDR_FINE);
	assert_string_equal(cidr_format(&cidr, buf), "10.0.0.1");
	memset(&cidr, 0, sizeof(cidr));
	assert_string_equal(cidr_format(&cidr, buf), "-");
}

static void says_what_is_wrong(void **state)
{
	static const struct {
		const char *text;
		enum cidr_mistake mistake;
	} cases[] = {
		{ "example.org", CIDR_NOT_AN_ADDRESS }, { "", CIDR_NOT_AN_ADDRESS },
		{ "any", CIDR_NOT_AN_ADDRESS }, { "10.0.0", CIDR_BAD_ADDRESS },
		{ "010.0.0.1", CIDR_BAD_ADDRESS }, { "1.2.3.4.5", CIDR_BAD_ADDRESS },
		{ ":::", CIDR_BAD_ADDRESS }, { "10.0.0.0/", CIDR_BAD_PREFIX },
		{ "10.0.0.0/x", CIDR_BAD_PREFIX }, { "10.0.0.0/+8", CIDR_BAD_PREFIX },
		{ "10.0.0.0/08", CIDR_BAD_PREFIX }, { "10.0.0.0/33", CIDR_PREFIX_TOO_LONG },
		{ "10.0.0.0/4294967304", CIDR_PREFIX_TOO_LONG },
		{ "::/129", CIDR_PREFIX_TOO_LONG }, { "10.0.0.1/8", CIDR_HOST_BITS },
		{ "::ffff:10.0.0.0/95", CIDR_MAPPED_PREFIX },
		{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc", CIDR_BAD_ADDRESS },
	};
	struct cidr cidr;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(cidr_parse(cases[i].text, &cidr), cases[i].mistake);
}

static void mapped_is_ipv4(void **state)
{
	struct cidr mapped, plain;

	(void)state;
	assert_int_equal(cidr_parse("::ffff:10.0.0.0/104", &mapped), CIDR_FINE);
	assert_int_equal(cidr_parse("10.0.0.0/8", &plain), CIDR_FINE);
	assert_int_equal(cidr_compare(&mapped, &plain), 0);
	assert_memory_equal(&mapped, &plain, sizeof(plain));
	assert_int_equal(cidr_parse("::ffff:192.0.2.1", &mapped), CIDR_FINE);
	assert_int_equal(mapped.family, 4);
	assert_int_equal(mapped.prefix, 32);
}

static bool contains(const char *outer, const char *inner)
{
	struct cidr a, b;

	assert_int_equal(cidr_parse(outer, &a), CIDR_FINE);
	assert_int_equal(cidr_parse(inner, &b), CIDR_FINE);
	return cidr_contains(&a, &b);
}

static void contains_by_bits(void **state)
{
	(void)state;
	assert_true(contains("10.0.0.0/8", "10.255.0.1"));
	assert_false(contains("10.0.0.0/8", "11.0.0.0"));
	assert_true(contains("10.0.0.0/9", "10.127.255.255"));
	assert_false(contains("10.0.0.0/9", "10.128.0.0"));
	assert_false(contains("10.0.0.0/9", "10.0.0.0/8"));
	assert_true(contains("0.0.0.0/0", "10.0.0.0/8"));
	assert_false(contains("::/0", "10.0.0.0/8"));
	assert_true(contains("fd20::/33", "fd20:0:7fff::1"));
	assert_false(contains("fd20::/33", "fd20:0:8000::"));
	assert_true(contains("::1", "::1"));
}

static void host_bits_give_the_network(void **state)
{
	char buf[CIDR_TEXT_MAX];
	struct cidr cidr;

	(void)state;
	assert_int_equal(cidr_parse("10.255.3.4/12", &cidr), CIDR_HOST_BITS);
	assert_string_equal(cidr_format(&cidr, buf), "10.240.0.0/12");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes),
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(mapped_is_ipv4),
		cmocka_unit_test(contains_by_bits),
		cmocka_unit_test(host_bits_give_the_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
