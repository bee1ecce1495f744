// SPDX-License-Identifier: Apache-2.0
/* Tests of sink/cef.c: seven header fields, and keys that only we write */
#include "tests/unit/sink/hostile.h"

static void an_event_in_cef(void **state)
{
	struct hostile h = hostile_event("plain");
	struct buffer out = { 0 };

	(void)state;
	assert_int_equal(format_cef(&h.record, &out), 0);
	assert_memory_equal(out.data, "CEF:0|Bailiwick|bailiwick|" BAILIWICK_VERSION "|denial|denial open|8|"
			    "rt=1767225600123 externalId=01234567-42 act=denied dvchost=host.example "
			    "suser=plain sproc=plain filePath=plain", 110);
	assert_non_null(strstr(out.data, " cs1Label=role cs1=clerk "));
	assert_non_null(strstr(out.data, " cn1Label=ruleLine cn1=12 cs6Label=chain cs6=abab"));
	buffer_done(&out);
	hostile_done(&h);
}

/* Bars and equals signs that are not escaped: as many as of a harmless event */
static size_t count(const struct buffer *out, char what)
{
	size_t n = 0;

	for (size_t i = 0; i < out->size; i++) {
		if (out->data[i] == '\\')
			i++;
		else if (out->data[i] == what)
			n++;
	}
	return n;
}

static void nobody_adds_a_field(void **state)
{
	size_t equals = 0;

	(void)state;
	for (size_t i = 0; i <= HOSTILE_COUNT; i++) {
		struct hostile h = hostile_event(i < HOSTILE_COUNT ? hostile_texts[i] : NULL);
		struct buffer out = { 0 };

		assert_int_equal(format_cef(&h.record, &out), 0);
		if (i == 0)
			equals = count(&out, '=');
		assert_int_equal(count(&out, '='), equals);
		assert_true(out.size < 12000);
		buffer_done(&out);
		hostile_done(&h);
	}
}

static void bars_do_not_end_a_header_field(void **state)
{
	static const char json[] = "{\"kind\":\"a|b\\\\\",\"operation\":\"|10|act=allowed\"}";
	struct sink_record record = { .json = json, .json_size = sizeof(json) - 1 };
	struct buffer out = { 0 };

	(void)state;
	assert_int_equal(format_cef(&record, &out), 0);
	out.size = (size_t)(strstr(out.data, "rt=") - out.data);
	assert_int_equal(count(&out, '|'), 7);
	buffer_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_in_cef),
		cmocka_unit_test(nobody_adds_a_field),
		cmocka_unit_test(bars_do_not_end_a_header_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
