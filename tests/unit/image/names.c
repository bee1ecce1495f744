// SPDX-License-Identifier: Apache-2.0
/* Words for numbers */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "image/names.h"

static void numbers_have_their_words(void **state)
{
	(void)state;
	assert_string_equal(name_of_right(BAILIWICK_RIGHT_MAP_EXEC_BIT), "map-exec");
	assert_string_equal(name_of_right(BAILIWICK_RIGHT_COUNT - 1), "connect");
	assert_null(name_of_right(BAILIWICK_RIGHT_COUNT));
	assert_string_equal(name_of_family(10), "inet6");
	assert_null(name_of_family(0));
	assert_null(name_of_family(61));
	assert_string_equal(name_of_family(BAILIWICK_FAMILY_PING), "ping");
	assert_null(name_of_family(64));
	assert_string_equal(name_of_capability(40), "checkpoint_restore");
	assert_null(name_of_capability(41));
	assert_string_equal(name_of_subject(BAILIWICK_SUBJECT_UNIT), "unit");
	assert_string_equal(name_of_transport(BAILIWICK_TRANSPORT_SCTP), "sctp");
	assert_string_equal(name_of_label(BAILIWICK_LABEL_TTY), "(own terminal)");
	assert_null(name_of_label(BAILIWICK_LABEL_FIRST));
	assert_int_equal(NAMES_CAPABILITIES_ALL, (UINT64_C(1) << 41) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_their_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
