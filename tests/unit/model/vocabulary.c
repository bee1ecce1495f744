// SPDX-License-Identifier: Apache-2.0
/* Words and their numbers */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <bailiwick/vocab.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/capability.h>

#include "model/vocabulary.h"

static void numbers_are_the_kernels(void **state)
{
	(void)state;
	assert_int_equal(vocabulary_find(&vocabulary_families, "inet6")->value, AF_INET6);
	assert_int_equal(vocabulary_find(&vocabulary_families, "vsock")->value, AF_VSOCK);
	assert_int_equal(vocabulary_find(&vocabulary_capabilities, "sys_admin")->value,
			 CAP_SYS_ADMIN);
	assert_int_equal(vocabulary_find(&vocabulary_capabilities, "checkpoint_restore")->value,
			 CAP_CHECKPOINT_RESTORE);
	assert_int_equal(vocabulary_find(&vocabulary_rights, "connect")->value,
			 BAILIWICK_RIGHT_UNIX_CONNECT_BIT);
	assert_null(vocabulary_find(&vocabulary_rights, "READ"));
	assert_null(vocabulary_find(&vocabulary_rights, ""));
}

static void all_words_of_the_contract(void **state)
{
	(void)state;
	assert_int_equal(vocabulary_rights.count, BAILIWICK_RIGHT_COUNT);
	assert_int_equal(vocabulary_privileges.count, BAILIWICK_PRIVILEGE_COUNT);
	assert_int_equal(vocabulary_capabilities.count, CAP_LAST_CAP + 1);
	assert_int_equal(vocabulary_modes.count, 4);
	assert_int_equal(vocabulary_grades.count, 4);
	assert_int_equal(vocabulary_severities.count, 3);
}

/* Masks are 64 bits wide */
static void numbers_fit_a_mask(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < vocabulary_families.count; i++)
		assert_true(vocabulary_families.words[i].value < 64);
	for (i = 0; i < vocabulary_capabilities.count; i++)
		assert_true(vocabulary_capabilities.words[i].value < 64);
	assert_true(BAILIWICK_RIGHT_COUNT <= 32);
	assert_true(BAILIWICK_PRIVILEGE_COUNT <= 64);
}

static void names_come_back(void **state)
{
	(void)state;
	assert_string_equal(vocabulary_name(&vocabulary_families, AF_NETLINK), "netlink");
	assert_string_equal(vocabulary_name(&vocabulary_rights, 0), "read");
	assert_null(vocabulary_name(&vocabulary_rights, 31));
}

static void suggestions(void **state)
{
	(void)state;
	assert_string_equal(vocabulary_suggest(&vocabulary_capabilities, "CAP_NET_ADMIN"),
			    "net_admin");
	assert_string_equal(vocabulary_suggest(&vocabulary_families, "AF_UNIX"), "unix");
	assert_string_equal(vocabulary_suggest(&vocabulary_rights, "unlink"), "delete");
	assert_string_equal(vocabulary_suggest(&vocabulary_rights, "raed"), "read");
	assert_null(vocabulary_suggest(&vocabulary_rights, "zzzzzz"));
}

/* What is suggested must be a word of the language */
static void misnomers_mean_words(void **state)
{
	static const struct vocabulary *const all[] = {
		&vocabulary_rights, &vocabulary_families, &vocabulary_capabilities,
		&vocabulary_privileges, &vocabulary_grades, &vocabulary_modes,
		&vocabulary_severities,
	};
	const struct misnomer *misnomer;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (misnomer = all[i]->misnomers; misnomer->text; misnomer++) {
			assert_non_null(vocabulary_find(all[i], misnomer->meant));
			assert_null(vocabulary_find(all[i], misnomer->text));
		}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_the_kernels),
		cmocka_unit_test(all_words_of_the_contract),
		cmocka_unit_test(numbers_fit_a_mask),
		cmocka_unit_test(names_come_back),
		cmocka_unit_test(suggestions),
		cmocka_unit_test(misnomers_mean_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
