/* SPDX-License-Identifier: Apache-2.0 */
/* Subjects that make no sense, and users nobody knows */
#include "program.h"

#include "ctl/who.h"

static void reads_subjects(void **state)
{
	struct subject subject;

	(void)state;
	assert_int_equal(who_parse("user:root", &subject), 0);
	assert_int_equal(subject.kind, SUBJECT_USER);
	assert_int_equal(who_require(&subject), 0);
	assert_int_equal(who_parse("group:0", &subject), 0);
	assert_int_equal(who_require(&subject), 0);
	/* units and programs need not be there yet */
	assert_int_equal(who_parse("unit:not-yet.service", &subject), 0);
	assert_int_equal(who_require(&subject), 0);
}

static void unknown_users_have_their_own_code(void **state)
{
	static struct run run;
	struct subject subject;

	(void)state;
	assert_int_equal(who_parse("user:no-such-user-here", &subject), 0);
	assert_int_equal(who_require(&subject), 67);
	assert_int_equal(who_parse("group:no-such-group-here", &subject), 0);
	assert_int_equal(who_require(&subject), 67);
	RUN(&run, "assign", "user:rooot", "clerk");
	assert_int_equal(run.code, 67);
	assert_contains(run.err, "did you mean 'user:root'?");
	assert_string_equal(run.out, "");
}

static void other_words_are_no_subjects(void **state)
{
	static const char *const wrong[] = { "root", "usr:root", "user:", "exe:relative", "", ":" };
	static struct run run;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		RUN(&run, "assign", wrong[i], "clerk");
		assert_int_equal(run.code, 64);
		RUN(&run, "revoke", wrong[i]);
		assert_int_equal(run.code, 64);
	}
	RUN(&run, "assign", "usr:root", "clerk");
	assert_contains(run.err, "did you mean 'user:root'?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_subjects),
		cmocka_unit_test(unknown_users_have_their_own_code),
		cmocka_unit_test(other_words_are_no_subjects),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
