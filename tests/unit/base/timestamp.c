// SPDX-License-Identifier: Apache-2.0
/* Points in time and durations */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "base/timestamp.h"

static void reads_rfc3339(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} cases[] = {
		{ "1970-01-01T00:00:00Z", 0 }, { "2026-12-31T18:00:00Z", 1798740000 },
		{ "2026-12-31T19:00:00+01:00", 1798740000 },
		{ "2026-12-31t12:30:00.999-05:30", 1798740000 },
		{ "2000-02-29 00:00:00z", 951782400 }, { "9999-12-31T23:59:59Z", 253402300799 },
		{ "2016-12-31T23:59:60Z", 1483228800 },
	};
	int64_t seconds;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(timestamp_parse(cases[i].text, &seconds), 0);
		assert_true(seconds == cases[i].seconds);
	}
}

static void refuses_the_rest(void **state)
{
	static const char *const cases[] = {
		"", "2026", "2026-12-31", "2026-12-31T18:00:00", "2026-12-31T18:00Z",
		"2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-12-31T24:00:00Z",
		"2026-12-31T18:60:00Z", "2026-12-31T18:00:61Z", "2026-12-31T18:00:00Zx",
		"2026-12-31T18:00:00.Z", "2026-12-31T18:00:00+1:00", "2026-12-31T18:00:00+24:00",
		"1969-12-31T23:59:59Z", "1970-01-01T00:00:00+01:00", "+026-12-31T18:00:00Z",
		" 2026-12-31T18:00:00Z",
	};
	int64_t seconds;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(timestamp_parse(cases[i], &seconds), -EINVAL);
}

static void writes_rfc3339(void **state)
{
	char buf[TIMESTAMP_TEXT_MAX];

	(void)state;
	assert_string_equal(timestamp_format(0, buf), "1970-01-01T00:00:00Z");
	assert_string_equal(timestamp_format(1798740000, buf), "2026-12-31T18:00:00Z");
	assert_string_equal(timestamp_format(INT64_MAX, buf), "-");
	assert_string_equal(timestamp_format_ns(UINT64_C(1798740000000001999), buf),
			    "2026-12-31T18:00:00.000001Z");
	assert_string_equal(timestamp_format_ns(UINT64_MAX, buf), "2554-07-21T23:34:33.709551Z");
}

static void reads_durations(void **state)
{
	int64_t seconds;

	(void)state;
	assert_int_equal(duration_parse("90s", &seconds), 0);
	assert_int_equal(seconds, 90);
	assert_int_equal(duration_parse("10m", &seconds), 0);
	assert_int_equal(seconds, 600);
	assert_int_equal(duration_parse("2h", &seconds), 0);
	assert_int_equal(seconds, 7200);
	assert_int_equal(duration_parse("30d", &seconds), 0);
	assert_int_equal(seconds, 2592000);
	assert_int_equal(duration_parse("1w1d1h1m1s", &seconds), 0);
	assert_int_equal(seconds, 604800 + 86400 + 3600 + 60 + 1);
	assert_int_equal(duration_parse("0s", &seconds), 0);
	assert_int_equal(seconds, 0);
}

static void refuses_other_durations(void **state)
{
	static const char *const cases[] = {
		"", "90", "s", "-1s", "1s1m", "1m1m", "1x", "1 s", "1.5h", "1sx",
	};
	int64_t seconds;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(duration_parse(cases[i], &seconds), -EINVAL);
	assert_int_equal(duration_parse("99999999999999999999999s", &seconds), -ERANGE);
	assert_int_equal(duration_parse("36601d", &seconds), -ERANGE);
	assert_int_equal(duration_parse("36600d1s", &seconds), -ERANGE);
	assert_int_equal(duration_parse("36600d", &seconds), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_rfc3339),
		cmocka_unit_test(refuses_the_rest),
		cmocka_unit_test(writes_rfc3339),
		cmocka_unit_test(reads_durations),
		cmocka_unit_test(refuses_other_durations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
