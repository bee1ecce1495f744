// SPDX-License-Identifier: Apache-2.0
/* Tests of event/decode.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "event/decode.h"

static struct bailiwick_event header;
static struct denial denial;

/* A record in memory of exactly its size, so that a byte too far is caught */
static enum decode_answer decode(const void *record, size_t size)
{
	char *exact = malloc(size ? size : 1);
	enum decode_answer answer;

	memcpy(exact, record, size);
	answer = decode_record(exact, size, &header, &denial);
	free(exact);
	return answer;
}

static struct {
	struct bailiwick_denial d;
	char strings[64];
} good;

static int fresh(void **state)
{
	(void)state;
	memset(&good, 0, sizeof(good));
	memcpy(good.strings, "/srv/file/bin/catx.service", 26);
	good.d.event.size = sizeof(good.d) + 26;
	good.d.event.kind = BAILIWICK_EVENT_DENIAL;
	good.d.event.abi = BAILIWICK_ABI;
	good.d.event.sequence = 7;
	good.d.path_size = 9;
	good.d.exe_size = 8;
	good.d.unit_size = 9;
	good.d.object = BAILIWICK_OBJECT_PATH;
	good.d.verdict = BAILIWICK_VERDICT_DENIED;
	return 0;
}

static void a_good_record(void **state)
{
	(void)state;
	assert_int_equal(decode_record(&good, good.d.event.size, &header, &denial), DECODE_DENIAL);
	assert_int_equal(header.sequence, 7);
	assert_memory_equal(denial.path, "/srv/file", 9);
	assert_memory_equal(denial.exe, "/bin/cat", 8);
	assert_memory_equal(denial.unit, "x.service", 9);
}

static struct {
	struct bailiwick_repeats head;
	struct bailiwick_denial d;
	char strings[64];
} repeats;

static void begin_repeats(void)
{
	fresh(NULL);
	memset(&repeats, 0, sizeof(repeats));
	memcpy(&repeats.d, &good, good.d.event.size);
	repeats.head.event = good.d.event;
	repeats.head.event.kind = BAILIWICK_EVENT_REPEATS;
	repeats.head.event.size = (uint32_t)(sizeof(repeats.head) + good.d.event.size);
	repeats.head.event.sequence = 9;
	repeats.head.event.time = 5;
	repeats.head.count = 1000;
}

static void repeats_are_the_denial_with_a_count(void **state)
{
	(void)state;
	begin_repeats();
	assert_int_equal(decode_record(&good, good.d.event.size, &header, &denial), DECODE_DENIAL);
	assert_int_equal(denial.count, 1);
	assert_int_equal(decode_record(&repeats, repeats.head.event.size, &header, &denial),
			 DECODE_DENIAL);
	assert_int_equal(header.sequence, 9);
	assert_int_equal(denial.count, 1000);
	assert_int_equal(denial.record.event.time, 5);
	assert_memory_equal(denial.path, "/srv/file", 9);
	assert_memory_equal(denial.unit, "x.service", 9);
	for (size_t size = 0; size < repeats.head.event.size; size++)
		assert_int_equal(decode(&repeats, size), DECODE_MALFORMED);
}

static void repeats_must_hold_a_denial(void **state)
{
	(void)state;
	begin_repeats();
	repeats.head.count = 0;
	assert_int_equal(decode(&repeats, repeats.head.event.size), DECODE_MALFORMED);
	begin_repeats();
	repeats.d.event.kind = BAILIWICK_EVENT_REPEATS;
	assert_int_equal(decode(&repeats, repeats.head.event.size), DECODE_MALFORMED);
	begin_repeats();
	repeats.d.unit_size++;
	assert_int_equal(decode(&repeats, repeats.head.event.size), DECODE_MALFORMED);
	begin_repeats();
	repeats.head.event.size = sizeof(repeats.head);
	assert_int_equal(decode(&repeats, sizeof(repeats)), DECODE_MALFORMED);
}

static void every_shorter_piece_is_refused(void **state)
{
	(void)state;
	for (size_t size = 0; size < good.d.event.size; size++)
		assert_int_equal(decode(&good, size), DECODE_MALFORMED);
}

static void strings_must_lie_inside(void **state)
{
	(void)state;
	good.d.unit_size++;
	assert_int_equal(decode(&good, good.d.event.size), DECODE_MALFORMED);
	good.d.unit_size = UINT16_MAX;
	assert_int_equal(decode(&good, sizeof(good)), DECODE_MALFORMED);
	fresh(NULL);
	good.d.event.size = UINT32_MAX;
	assert_int_equal(decode(&good, sizeof(good)), DECODE_MALFORMED);
	fresh(NULL);
	good.d.event.size = 0;
	assert_int_equal(decode(&good, sizeof(good)), DECODE_MALFORMED);
}

static void numbers_must_be_known(void **state)
{
	uint32_t *numbers[] = { &good.d.operation, &good.d.reason, &good.d.verdict,
				&good.d.severity, &good.d.object };

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		fresh(NULL);
		*numbers[i] = 1000;
		assert_int_equal(decode(&good, good.d.event.size), DECODE_MALFORMED);
	}
}

static void newer_kinds_are_told_apart(void **state)
{
	(void)state;
	good.d.event.kind = 77;
	assert_int_equal(decode(&good, sizeof(struct bailiwick_event)), DECODE_UNKNOWN);
	assert_int_equal(header.sequence, 7);
	good.d.event.kind = BAILIWICK_EVENT_NONE;
	assert_int_equal(decode(&good, good.d.event.size), DECODE_MALFORMED);
	fresh(NULL);
	good.d.event.abi = BAILIWICK_ABI + 1;
	assert_int_equal(decode(&good, good.d.event.size), DECODE_FOREIGN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_good_record, fresh),
		cmocka_unit_test(repeats_are_the_denial_with_a_count),
		cmocka_unit_test(repeats_must_hold_a_denial),
		cmocka_unit_test_setup(every_shorter_piece_is_refused, fresh),
		cmocka_unit_test_setup(strings_must_lie_inside, fresh),
		cmocka_unit_test_setup(numbers_must_be_known, fresh),
		cmocka_unit_test_setup(newer_kinds_are_told_apart, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
