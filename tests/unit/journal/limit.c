// SPDX-License-Identifier: Apache-2.0
/* Tests of journal/limit.c: packing and deleting what is old */
#include "tests/unit/journal/scene.h"

static struct journal_options small = { .segment_size = 300, .total_size = 1 << 20 };

static bool is_packed(uint64_t first)
{
	char path[128];

	path_of(first, path);
	return strstr(path, ".zst") != NULL;
}

static void fill(struct journal *journal, int n)
{
	for (int i = 0; i < n; i++)
		assert_int_equal(append(journal, "01234567890123456789", 0), 0);
}

static void pack_all(struct journal *journal)
{
	while (journal_pack(journal, 100) != 0)
		;
}

static void closed_segments_are_packed_and_read_as_before(void **state)
{
	struct journal *journal = reopen(&small);
	char before[65536];
	uint64_t bytes;

	(void)state;
	fill(journal, 20);
	strcpy(before, contents());
	bytes = journal_bytes(journal);
	pack_all(journal);
	assert_true(is_packed(1));
	assert_false(is_packed(19));
	assert_true(journal_bytes(journal) < bytes);
	assert_string_equal(contents(), before);
	assert_int_equal(verify(NULL), 0);
	bytes = journal_bytes(journal);
	journal_close(journal);
	journal = reopen(&small);
	assert_int_equal(journal_bytes(journal), bytes);
	assert_int_equal(notes.size, 0);
	fill(journal, 1);
	journal_close(journal);
	assert_int_equal(verify(NULL), 0);
}

static void damage_is_not_packed(void **state)
{
	struct journal *journal = reopen(&small);

	(void)state;
	fill(journal, 20);
	flip(4, 200);
	pack_all(journal);
	assert_true(is_packed(1));
	assert_false(is_packed(4));
	assert_true(is_packed(7));
	journal_close(journal);
	assert_true(verify(NULL) > 0);
}

/* Killed while packing: what is left does not matter, and is done again */
static void packing_that_was_interrupted_begins_anew(void **state)
{
	struct journal *journal = reopen(&small);
	pid_t pid;
	int status;

	(void)state;
	fill(journal, 20);
	journal_close(journal);
	pid = fork();
	if (pid == 0) {
		journal = reopen(&small);
		_exit(journal_pack(journal, 100) != 1);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	journal = reopen(&small);
	assert_int_equal(verify(NULL), 0);
	pack_all(journal);
	assert_true(is_packed(1));
	journal_close(journal);
	assert_int_equal(verify(NULL), 0);
}

static void a_packed_last_segment_is_not_appended_to(void **state)
{
	struct journal *journal = reopen(&small);
	char path[128];

	(void)state;
	fill(journal, 7);
	pack_all(journal);
	journal_close(journal);
	path_of(7, path);
	assert_int_equal(unlink(path), 0);
	assert_true(is_packed(4));
	journal = reopen(&small);
	assert_non_null(strstr(notes.data, "records 7 to 7 were on disk"));
	fill(journal, 1);
	journal_close(journal);
	assert_true(is_packed(4));
}

static void what_is_past_the_limit_of_size_goes(void **state)
{
	struct journal_options options = { .segment_size = 300, .total_size = 1000 };
	struct journal *journal = reopen(&options);
	uint64_t first;
	bool age;

	(void)state;
	assert_false(journal_excess(journal, &first, &age));
	fill(journal, 50);
	assert_true(journal_crowded(journal));
	assert_true(journal_excess(journal, &first, &age));
	assert_false(age);
	assert_true(first > 40 && first < 50);
	append_as(journal, "trimmed", first, JOURNAL_FLAG_TRIMMED);
	journal_sync(journal);
	assert_int_equal(verify(NULL), 0);	/* said and not done yet is no mistake */
	journal_trim(journal, first);
	assert_true(journal_bytes(journal) < 1100);
	assert_int_equal(verify(NULL), 0);
	assert_int_equal(report.first, first);
	assert_int_equal(report.trimmed, first);
	journal_close(journal);
	/* the number in that record is none of the kernel's */
	journal = reopen(&options);
	assert_int_equal(notes.size, 0);
	journal_close(journal);
}

static void deleting_without_a_record_is_seen(void **state)
{
	struct journal *journal = reopen(&small);

	(void)state;
	fill(journal, 20);
	journal_trim(journal, 7);
	journal_close(journal);
	assert_int_equal(verify(NULL), 1);
	assert_non_null(strstr(told.data, "records 1 to 6 are missing at the front"));
}

static void what_is_past_the_limit_of_age_goes(void **state)
{
	struct journal_options options = { .segment_size = 300, .total_size = 1 << 20,
					   .max_age = 400000000 };
	struct journal *journal = reopen(&options);
	uint64_t first;
	bool age;

	(void)state;
	fill(journal, 9);
	assert_false(journal_excess(journal, &first, &age));
	usleep(600000);
	fill(journal, 1);	/* begins a segment, although the last one is not full */
	assert_true(journal_excess(journal, &first, &age));
	assert_true(age);
	assert_true(first >= 7 && first <= 10);
	journal_close(journal);
}

static void the_last_segment_always_stays(void **state)
{
	struct journal_options options = { .segment_size = 300, .total_size = 10 };
	struct journal *journal = reopen(&options);
	uint64_t first;
	bool age;

	(void)state;
	fill(journal, 20);
	assert_true(journal_excess(journal, &first, &age));
	journal_trim(journal, UINT64_MAX);
	assert_false(journal_excess(journal, &first, &age));
	assert_false(journal_crowded(journal));
	fill(journal, 1);
	journal_close(journal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(closed_segments_are_packed_and_read_as_before),
		TEST(damage_is_not_packed),
		TEST(packing_that_was_interrupted_begins_anew),
		TEST(a_packed_last_segment_is_not_appended_to),
		TEST(what_is_past_the_limit_of_size_goes),
		TEST(deleting_without_a_record_is_seen),
		TEST(what_is_past_the_limit_of_age_goes),
		TEST(the_last_segment_always_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
