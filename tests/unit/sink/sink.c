// SPDX-License-Identifier: Apache-2.0
/* Tests of sink/sink.h: words, and that no format passes on what a stranger wrote as it is */
#include "tests/unit/sink/hostile.h"

static void every_format_is_one_harmless_line(void **state)
{
	(void)state;
	for (int format = 0; format < SINK_FORMAT_COUNT; format++)
		for (size_t i = 0; i <= HOSTILE_COUNT; i++) {
			struct hostile h = hostile_event(i < HOSTILE_COUNT ? hostile_texts[i] : NULL);
			struct buffer out = { 0 };

			assert_int_equal(sink_write((enum sink_format)format, &h.record, &out), 0);
			assert_true(out.size > 50);
			assert_harmless(out.data, out.size, sink_format_text((enum sink_format)format));
			buffer_done(&out);
			hostile_done(&h);
		}
}

static void what_is_no_event_is_never_sent(void **state)
{
	static const char *const bad[] = { "", "{", "}", "[]", "{\n}", "x{}" };

	(void)state;
	for (int format = 0; format < SINK_FORMAT_COUNT; format++)
		for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
			struct sink_record record = { .json = bad[i], .json_size = strlen(bad[i]) };
			struct buffer out = { 0 };

			if (format != SINK_FORMAT_TEXT)
				assert_int_equal(sink_write((enum sink_format)format, &record, &out),
						 SINK_NEVER);
			buffer_done(&out);
		}
}

static void words_go_both_ways(void **state)
{
	(void)state;
	for (int i = 0; i < SINK_TYPE_COUNT; i++)
		assert_int_equal(sink_type_parse(sink_type_text((enum sink_type)i)), i);
	for (int i = 0; i < SINK_FORMAT_COUNT; i++)
		assert_int_equal(sink_format_parse(sink_format_text((enum sink_format)i)), i);
	assert_int_equal(sink_type_parse("telegram"), -1);
	assert_int_equal(sink_format_parse(""), -1);
	assert_null(sink_destination_of(SINK_TYPE_COUNT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_is_one_harmless_line),
		cmocka_unit_test(what_is_no_event_is_never_sent),
		cmocka_unit_test(words_go_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
