// SPDX-License-Identifier: Apache-2.0
/* Tests of journal/repair.c: what a stop of the machine leaves, and what a hand does */
#include "tests/unit/journal/scene.h"

static void every_torn_end_is_cut_off_and_kept_aside(void **state)
{
	struct journal *journal = reopen(NULL);
	static const char *const two = "two";
	struct kept head;
	off_t whole, last;
	char path[128];

	(void)state;
	append(journal, "one", 1);
	whole = size_of(1);
	journal_close(journal);
	head = keep_file(head_path());
	drop(NULL, &two, 1);
	last = size_of(1);
	path_of(1, path);
	for (off_t cut = last - 1; cut > whole; cut--) {
		assert_int_equal(truncate(path, cut), 0);
		put_back(&head);
		journal = reopen(NULL);
		assert_non_null(strstr(notes.data, "torn"));
		assert_null(strstr(notes.data, "missing"));
		journal_told(journal);
		assert_int_equal(journal_next(journal), 2);
		assert_int_equal(size_of(1), whole);
		assert_int_equal(append(journal, "two", 2), 0);
		assert_int_equal(size_of(1), last);
		journal_close(journal);
	}
	free(head.data);
	assert_string_equal(contents(), "one|two|");
	assert_int_equal(verify(NULL), 0);
}

static void blocks_of_zeros_after_a_power_cut_are_a_torn_end(void **state)
{
	struct journal *journal = reopen(NULL);
	char path[128];

	(void)state;
	append(journal, "one", 1);
	journal_close(journal);
	path_of(1, path);
	assert_int_equal(truncate(path, size_of(1) + 5000), 0);
	journal = reopen(NULL);
	assert_non_null(strstr(notes.data, "torn"));
	assert_int_equal(journal_next(journal), 2);
	journal_close(journal);
}

static void any_flipped_bit_is_found_and_left_as_evidence(void **state)
{
	struct journal *journal = reopen(NULL);
	off_t first, second, size;

	(void)state;
	append(journal, "one", 1);
	first = size_of(1);
	append(journal, "two", 2);
	second = size_of(1);
	append(journal, "three", 3);
	size = size_of(1);
	journal_close(journal);
	/* behind the size of the second record: the number, the time, the text, the hash */
	for (off_t at = first + 4; at < second; at += 7) {
		flip(1, at);
		journal = reopen(NULL);
		assert_non_null(strstr(notes.data, "damaged at record 2"));
		assert_int_equal(journal_next(journal), 4);
		assert_int_equal(size_of(1), size);
		journal_close(journal);
		flip(1, at);
		{
			char path[128];

			path_of(4, path);
			assert_int_equal(unlink(path), 0);
		}
	}
	flip(1, first + 33);	/* in its text: the chain goes on from the hash it carries */
	journal = reopen(NULL);
	assert_int_equal(append(journal, "four", 4), 0);
	assert_string_equal(contents(), "one|!|three|four|");
	journal_close(journal);
}

static void a_changed_header_is_no_segment_of_ours(void **state)
{
	struct journal *journal = reopen(NULL);

	(void)state;
	append(journal, "one", 1);
	journal_close(journal);
	flip(1, 0);
	journal = reopen(NULL);
	assert_non_null(strstr(notes.data, "does not begin like"));
	assert_non_null(strstr(notes.data, "all records of the journal are missing; 1 were"));
	assert_int_equal(journal_next(journal), 2);	/* no number is given twice */
	journal_close(journal);
	assert_true(verify(NULL) > 0);
}

static const char *const more[] = { "two", "three", "four", "five", "six" };

static void records_taken_from_the_end_are_missed(void **state)
{
	struct journal *journal = reopen(NULL);
	char path[128];
	off_t size;

	(void)state;
	append(journal, "one", 0);
	size = size_of(1);
	for (size_t i = 0; i < 5; i++)
		append(journal, more[i], 0);
	journal_close(journal);
	path_of(1, path);
	assert_int_equal(truncate(path, size), 0);
	assert_int_equal(verify(NULL), 1);
	assert_non_null(strstr(told.data, "records 2 to 6 are missing at the end"));
	journal = reopen(NULL);
	assert_non_null(strstr(notes.data, "records 2 to 6 were on disk and are missing"));
	assert_int_equal(journal_next(journal), 7);
	append(journal, "seven", 0);
	journal_close(journal);
	assert_string_equal(contents(), "one|!|seven|");
	assert_int_equal(verify(NULL), 1);	/* and the journal does not forget it */
	assert_non_null(strstr(told.data, "records 2 to 6 are missing before this segment"));
}

static void a_last_segment_taken_away_is_missed(void **state)
{
	struct journal_options options = { .segment_size = 200 };
	struct journal *journal = reopen(&options);
	char path[128];

	(void)state;
	for (size_t i = 0; i < 5; i++)
		append(journal, more[i], 0);
	journal_close(journal);
	path_of(5, path);
	assert_int_equal(unlink(path), 0);
	path_of(3, path);
	assert_int_equal(unlink(path), 0);
	journal = reopen(&options);
	assert_non_null(strstr(notes.data, "records 3 to 5 were on disk and are missing"));
	assert_int_equal(journal_next(journal), 6);
	journal_close(journal);
}

static void a_missing_or_broken_head_is_said(void **state)
{
	struct journal *journal = reopen(NULL);

	(void)state;
	append(journal, "one", 0);
	journal_close(journal);
	assert_int_equal(unlink(head_path()), 0);
	journal_close(reopen(NULL));
	assert_non_null(strstr(notes.data, "head is missing"));
	flip_in(head_path(), 10, 3);
	journal_close(reopen(NULL));
	assert_non_null(strstr(notes.data, "head is damaged"));
	journal_close(reopen(NULL));
	assert_int_equal(notes.size, 0);
}

static void a_torn_end_is_told_until_it_is_recorded(void **state)
{
	struct journal *journal = reopen(NULL);
	struct kept head;
	char path[128];

	(void)state;
	append(journal, "one", 0);
	journal_close(journal);
	head = keep_file(head_path());
	drop(NULL, more, 1);
	put_back(&head);
	free(head.data);
	path_of(1, path);
	assert_int_equal(truncate(path, size_of(1) - 3), 0);
	journal_close(reopen(NULL));
	assert_non_null(strstr(notes.data, "64 bytes after record 1 were cut off and kept in "
			       "00000000000000000001.bwj.torn-163-0\n"));
	journal = reopen(NULL);
	assert_non_null(strstr(notes.data, "could not record it: 00000000000000000001.bwj.torn-163-0"));
	journal_told(journal);
	journal_close(journal);
	journal_close(reopen(NULL));
	assert_int_equal(notes.size, 0);
	snprintf(path, sizeof(path), "%s/00000000000000000001.bwj.torn-163-0", directory);
	assert_int_equal(access(path, F_OK), 0);
}

/* What was not on disk when the power went: any of its blocks may be there or not */
static void ruin(const char *path, off_t from)
{
	static const char zeros[64];
	struct stat st;
	int fd = open(path, O_RDWR);

	assert_int_equal(fstat(fd, &st), 0);
	if (random() % 2)
		assert_int_equal(ftruncate(fd, from + random() % (st.st_size - from + 1)), 0);
	for (off_t at = from; at < st.st_size; at += 64)
		if (random() % 4 == 0)
			assert_true(pwrite(fd, zeros, 64, at) == 64);
	close(fd);
}

static void a_power_cut_takes_only_what_was_not_on_disk(void **state)
{
	struct journal *journal = reopen(NULL);
	int torn = 0;

	(void)state;
	srandom(7);
	for (int round = 0; round < 100; round++) {
		struct kept head;
		uint64_t next;
		char path[128];
		off_t safe;

		append(journal, "safe", 0);
		next = journal_next(journal);
		journal_close(journal);
		head = keep_file(head_path());
		path_of(1, path);
		safe = size_of(1);
		drop(NULL, more, 5);
		put_back(&head);
		free(head.data);
		ruin(path, safe);
		journal = reopen(NULL);
		torn += notes.size > 0;
		assert_true(journal_next(journal) >= next);
		assert_true(!notes.size || !strstr(notes.data, "damaged"));
		journal_told(journal);
		if (verify(NULL))
			fail_msg("round %d: %s", round, told.data);
	}
	journal_close(journal);
	assert_true(torn > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_torn_end_is_cut_off_and_kept_aside),
		TEST(blocks_of_zeros_after_a_power_cut_are_a_torn_end),
		TEST(any_flipped_bit_is_found_and_left_as_evidence),
		TEST(a_changed_header_is_no_segment_of_ours),
		TEST(records_taken_from_the_end_are_missed),
		TEST(a_last_segment_taken_away_is_missed),
		TEST(a_missing_or_broken_head_is_said),
		TEST(a_torn_end_is_told_until_it_is_recorded),
		TEST(a_power_cut_takes_only_what_was_not_on_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
