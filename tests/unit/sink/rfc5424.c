// SPDX-License-Identifier: Apache-2.0
/* Tests of sink/rfc5424.c: header, structured data, lengths */
#include "tests/unit/sink/hostile.h"

static void a_message_has_all_its_parts(void **state)
{
	struct hostile h = hostile_event("plain");
	struct buffer out = { 0 };

	(void)state;
	assert_int_equal(format_rfc5424(SINK_FORMAT_TEXT, &h.record, &out), 0);
	assert_memory_equal(out.data, "<83>1 2026-01-01T00:00:00.123456Z host.example bailiwick - denial "
			    "[bailiwick@32473 id=\"01234567-42\" severity=\"serious\" verdict=\"denied\" "
			    "operation=\"open\" role=\"clerk\" count=\"3\" chain=\"abab", 180);
	buffer_done(&out);
	hostile_done(&h);
}

/* In structured data only what is escaped ends a value: one element, whatever is in it */
static void nobody_gets_out_of_a_value(void **state)
{
	(void)state;
	for (size_t i = 0; i <= HOSTILE_COUNT; i++) {
		struct sink_record record = { .json_size = 0 };
		struct buffer json = { 0 }, out = { 0 };
		struct event event = { .kind = EVENT_DENIAL, .journal = "0123456789", .count = 1 };
		bool quoted = false;
		char *at;

		event.role = event.operation = event.host = i < HOSTILE_COUNT ? hostile_texts[i] : "x";
		event_write_json(&event, &json);
		record.json = json.data;
		record.json_size = json.size;
		record.text = "TEXT";
		record.text_size = 4;
		assert_int_equal(format_rfc5424(SINK_FORMAT_TEXT, &record, &out), 0);
		assert_harmless(out.data, out.size, "rfc5424");
		at = strstr(out.data, " [bailiwick@") + 1;
		for (at++; *at && (quoted || *at != ']'); at++) {
			if (*at == '\\' && quoted)
				at++;
			else if (*at == '"')
				quoted = !quoted;
		}
		assert_string_equal(at, "] TEXT");
		buffer_done(&json);
		buffer_done(&out);
	}
}

static void what_is_long_is_cut(void **state)
{
	struct hostile h = hostile_event(NULL);
	struct buffer out = { 0 };

	(void)state;
	assert_int_equal(format_rfc5424(SINK_FORMAT_TEXT, &h.record, &out), 0);
	assert_true(out.size < 8192);
	assert_string_equal(out.data + out.size - 3, "...");
	buffer_done(&out);
	hostile_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_has_all_its_parts),
		cmocka_unit_test(nobody_gets_out_of_a_value),
		cmocka_unit_test(what_is_long_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
