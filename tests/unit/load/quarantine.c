/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of load/quarantine.h, over a control map that is memory */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "load/loaded.h"

static struct bailiwick_control map;
static unsigned int writes;
static uint64_t words[4];

static int fake_read_control(const struct loaded *loaded, struct bailiwick_control *ret)
{
	(void)loaded;
	*ret = map;
	return 0;
}

static int fake_write_control(const struct loaded *loaded, const struct bailiwick_control *control)
{
	(void)loaded;
	map = *control;
	words[writes++ % 4] = control->word;
	return 0;
}

#define loaded_read_control fake_read_control
#define loaded_write_control fake_write_control
#include "load/quarantine.c"

static const struct loaded loaded;
static struct buffer why;

static int fresh(void **state)
{
	(void)state;
	memset(&map, 0, sizeof(map));
	writes = 0;
	buffer_clear(&why);
	return 0;
}

static struct bailiwick_quarantine user(uint32_t uid)
{
	return (struct bailiwick_quarantine){ .kind = BAILIWICK_SUBJECT_USER, .number = uid };
}

static int add(struct bailiwick_quarantine who)
{
	return quarantine_add(&loaded, &who, &why);
}

static int lift(uint32_t i, uint64_t nonce)
{
	const struct bailiwick_lift bytes = {
		.kind = map.quarantine[i].kind, .number = map.quarantine[i].number,
		.id = map.quarantine[i].id, .nonce = nonce,
	};

	return quarantine_lift(&loaded, &bytes, &why);
}

static void it_stands_there_before_it_counts(void **state)
{
	(void)state;
	map.word = 8;
	assert_int_equal(add(user(7)), 0);
	assert_int_equal(writes, 2);
	assert_int_equal(words[0], 8);
	assert_int_equal(words[1], 10);
	assert_int_equal(map.quarantined, 1);
	assert_int_equal(map.quarantine[0].number, 7);
	assert_int_equal(map.quarantine[0].since, 8);
}

static void without_a_policy_no_epoch_begins(void **state)
{
	(void)state;
	assert_int_equal(add(user(7)), 0);
	assert_int_equal(map.word, 0);
	assert_int_equal(map.quarantined, 1);
}

static void nobody_is_in_twice(void **state)
{
	(void)state;
	assert_int_equal(add(user(7)), 0);
	assert_int_equal(add(user(7)), -EEXIST);
	assert_int_equal(add(user(8)), 0);
	assert_int_equal(map.quarantined, 3);
	assert_true(map.quarantine[0].nonce != map.quarantine[1].nonce);
}

static void there_is_an_end_to_the_room(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < BAILIWICK_QUARANTINES_MAX; i++)
		assert_int_equal(add(user(i)), 0);
	assert_int_equal(add(user(100)), -ENOSPC);
	assert_int_equal(lift(5, map.quarantine[5].nonce), 0);
	assert_int_equal(add(user(100)), 0);
	assert_int_equal(map.quarantine[5].number, 100);
}

static void a_lift_is_for_one(void **state)
{
	uint64_t nonce;

	(void)state;
	assert_int_equal(add(user(7)), 0);
	nonce = map.quarantine[0].nonce;
	assert_int_equal(lift(0, nonce ^ 1), -ESTALE);
	assert_int_equal(lift(1, 0), -ESTALE);
	assert_int_equal(lift(0, nonce), 0);
	assert_int_equal(map.quarantined, 0);
	assert_int_equal(add(user(7)), 0);
	assert_int_equal(lift(0, nonce), -ESTALE);
	assert_int_equal(map.quarantined, 1);
}

static void trees_and_programs_are_known_by_a_word(void **state)
{
	(void)state;
	assert_int_equal(add((struct bailiwick_quarantine){ .kind = BAILIWICK_SUBJECT_TREE }), 0);
	assert_int_equal(add((struct bailiwick_quarantine){ .kind = BAILIWICK_SUBJECT_EXE }), 0);
	assert_int_equal(map.quarantined_trees, 1);
	assert_int_equal(map.quarantined_programs, 2);
	assert_int_equal(lift(0, map.quarantine[0].nonce), 0);
	assert_int_equal(lift(1, map.quarantine[1].nonce), 0);
	assert_int_equal(map.quarantined_trees | map.quarantined_programs, 0);
}

static void what_is_signed_names_it(void **state)
{
	struct bailiwick_quarantine entry = user(7);
	struct bailiwick_lift head;
	struct buffer bytes = { 0 };

	(void)state;
	entry.nonce = 99;
	assert_int_equal(quarantine_write_lift(&entry, "user:x", &bytes), 0);
	assert_int_equal(bytes.size, sizeof(head) + 6);
	memcpy(&head, bytes.data, sizeof(head));
	assert_memory_equal(head.magic, BAILIWICK_LIFT_MAGIC, 8);
	assert_int_equal(head.number, 7);
	assert_int_equal(head.nonce, 99);
	assert_int_equal(head.name_size, 6);
	assert_memory_equal(bytes.data + sizeof(head), "user:x", 6);
	buffer_done(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(it_stands_there_before_it_counts, fresh),
		cmocka_unit_test_setup(without_a_policy_no_epoch_begins, fresh),
		cmocka_unit_test_setup(nobody_is_in_twice, fresh),
		cmocka_unit_test_setup(there_is_an_end_to_the_room, fresh),
		cmocka_unit_test_setup(a_lift_is_for_one, fresh),
		cmocka_unit_test_setup(trees_and_programs_are_known_by_a_word, fresh),
		cmocka_unit_test_setup(what_is_signed_names_it, fresh),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	buffer_done(&why);
	return failed;
}
