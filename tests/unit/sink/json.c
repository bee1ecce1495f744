// SPDX-License-Identifier: Apache-2.0
/* Tests of sink/json.c: the same values, harmless on the way */
#include "tests/unit/sink/hostile.h"

static void what_a_receiver_reads_is_what_the_journal_has(void **state)
{
	(void)state;
	for (size_t i = 0; i < HOSTILE_COUNT; i++) {
		struct hostile h = hostile_event(hostile_texts[i]);
		struct message *before = NULL, *after = NULL;
		struct buffer out = { 0 };

		assert_int_equal(format_json(&h.record, &out), 0);
		assert_int_equal(message_parse(h.json.data, h.json.size, &before), 0);
		assert_int_equal(message_parse(out.data, out.size, &after), 0);
		assert_string_equal(message_string(before, "object.path"),
				    message_string(after, "object.path"));
		assert_string_equal(message_string(before, "subject.exe"),
				    message_string(after, "subject.exe"));
		assert_string_equal(message_string(after, "id"), "01234567-42");
		assert_string_equal(message_string(after, "chain"), "abababababababababababababababab"
				    "abababababababababababababababab");
		assert_int_equal(message_count(after, ""), message_count(before, "") + 1);
		message_free(before);
		message_free(after);
		buffer_done(&out);
		hostile_done(&h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_receiver_reads_is_what_the_journal_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
