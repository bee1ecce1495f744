// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/config.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/config.h"

static struct config config;
static struct buffer why;

static int parse(const char *text)
{
	buffer_clear(&why);
	config_init(&config);
	return config_parse(&config, "c", text, strlen(text), &why);
}

static int tear_down(void **state)
{
	(void)state;
	buffer_done(&why);
	return 0;
}

static void defaults_and_what_is_set(void **state)
{
	(void)state;
	assert_int_equal(parse(""), 0);
	assert_int_equal(config.slot_size, 8 << 20);
	assert_int_equal(parse("# a comment\n\n  SLOT_SIZE = 32M \nRING_SIZE=65536\nCOMPILE_SECONDS=9"), 0);
	assert_int_equal(config.slot_size, 32 << 20);
	assert_int_equal(config.ring_size, 65536);
	assert_int_equal(config.compile_seconds, 9);
}

static void every_mistake_has_its_line(void **state)
{
	(void)state;
	assert_int_equal(parse("SLOT_SIZE=8M\nSLOT_SISE=8M\nnonsense\nRING_SIZE=3\n"), 3);
	assert_non_null(strstr(why.data, "c:2: unknown key SLOT_SISE, did you mean SLOT_SIZE?\n"));
	assert_non_null(strstr(why.data, "c:3: "));
	assert_non_null(strstr(why.data, "c:4: RING_SIZE must lie between"));
}

static void numbers_are_checked(void **state)
{
	static const char *const bad[] = {
		"SLOT_SIZE=", "SLOT_SIZE=-1", "SLOT_SIZE=8T", "SLOT_SIZE=8MM", "SLOT_SIZE=8 M x",
		"SLOT_SIZE=3M", "SLOT_SIZE=99999999999999999999", "SLOT_SIZE=18014398509481985K",
		"SLOT_SIZE=0x100000", "SLOT_SIZE=1K",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(parse(bad[i]), 1);
}

static void times_have_units(void **state)
{
	static const char *const bad[] = {
		"JOURNAL_MAX_AGE=90", "JOURNAL_MAX_AGE=", "JOURNAL_MAX_AGE=-1d", "JOURNAL_MAX_AGE=1y",
		"JOURNAL_SYNC=1", "JOURNAL_SYNC=ms", "JOURNAL_SYNC=1s", "JOURNAL_SYNC=99999999ms",
		"JOURNAL_SYNC=-1ms",
	};

	(void)state;
	assert_int_equal(parse("JOURNAL_MAX_AGE=90d\nJOURNAL_SYNC=20ms\n"), 0);
	assert_int_equal(config.journal_max_age, 90 * 24 * 3600);
	assert_int_equal(config.journal_sync, 20);
	assert_int_equal(parse("JOURNAL_MAX_AGE=0\nJOURNAL_SYNC=0ms\n"), 0);
	assert_int_equal(config.journal_max_age, 0);
	assert_int_equal(config.journal_sync, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(parse(bad[i]), 1);
	assert_int_equal(parse("JOURNAL_MAX_AGE=90"), 1);
	assert_non_null(strstr(why.data, "c:1: JOURNAL_MAX_AGE wants a time like 90d"));
}

static void bytes_that_are_no_text(void **state)
{
	(void)state;
	config_init(&config);
	buffer_clear(&why);
	assert_int_equal(config_parse(&config, "c", "A\0B=1", 5, &why), 1);
	assert_int_equal(parse("\033[2JX=1"), 1);
	assert_null(strchr(why.data, '\033'));
}

static void where_metrics_go(void **state)
{
	static const char *const bad[] = {
		"METRICS_FILE=x.prom", "METRICS_FILE=", "METRICS_FILE=/", "METRICS_FILE=/a\tb",
		"METRICS_ADDRESS=0.0.0.0:9740", "METRICS_ADDRESS=9740", "METRICS_ADDRESS=example:9740",
		"METRICS_EVERY=0", "METRICS_EVERY=2h",
	};

	(void)state;
	assert_int_equal(parse(""), 0);
	assert_string_equal(config.metrics_file, "");
	assert_string_equal(config.metrics_address, "");
	assert_int_equal(config.metrics_every, 15);
	assert_int_equal(parse("METRICS_FILE=/var/x.prom\nMETRICS_ADDRESS = [::1]:9740\nMETRICS_EVERY=1m"), 0);
	assert_string_equal(config.metrics_file, "/var/x.prom");
	assert_string_equal(config.metrics_address, "[::1]:9740");
	assert_int_equal(config.metrics_every, 60);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (parse(bad[i]) != 1)
			fail_msg("%s is taken", bad[i]);
}

static void files(void **state)
{
	(void)state;
	buffer_clear(&why);
	assert_int_equal(config_load(&config, "/nonexistent", &why), 0);
	assert_int_equal(config.ring_size, 4 << 20);
	assert_true(config_load(&config, "/dev/null", &why) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(defaults_and_what_is_set, tear_down),
		cmocka_unit_test_teardown(every_mistake_has_its_line, tear_down),
		cmocka_unit_test_teardown(numbers_are_checked, tear_down),
		cmocka_unit_test_teardown(times_have_units, tear_down),
		cmocka_unit_test_teardown(bytes_that_are_no_text, tear_down),
		cmocka_unit_test_teardown(where_metrics_go, tear_down),
		cmocka_unit_test_teardown(files, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
