/* SPDX-License-Identifier: Apache-2.0 */
/* Times and durations as people type them */
#include "program.h"

#include "ctl/moment.h"

static void reads_times(void **state)
{
	int64_t at = 0;

	(void)state;
	assert_true(moment_parse("--until", "1970-01-02T00:00:00Z", false, &at));
	assert_int_equal(at, 86400);
	assert_true(moment_parse("--until", "1970-01-02T01:00:00+01:00", false, &at));
	assert_int_equal(at, 86400);
}

static void durations_reach_ahead_or_back(void **state)
{
	int64_t at = 0, now = (int64_t)time(NULL);

	(void)state;
	assert_true(moment_parse("--until", "1h30m", false, &at));
	assert_in_range(at, now + 5400, now + 5402);
	assert_true(moment_parse("--since", "2h", true, &at));
	assert_in_range(at, now - 7200, now - 7198);
	/* before there were clocks is since ever */
	assert_true(moment_parse("--since", "36500d", true, &at));
	assert_int_equal(at, 0);
}

static void refuses_the_rest(void **state)
{
	static const char *const wrong[] = { "", "yesterday", "12", "-2h", "2026-12-31", "2h ago" };
	int64_t at = 5;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(moment_parse("--since", wrong[i], true, &at));
	assert_int_equal(at, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_times),
		cmocka_unit_test(durations_reach_ahead_or_back),
		cmocka_unit_test(refuses_the_rest),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
