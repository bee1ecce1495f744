// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/recorder.h: which numbers came and which never will, across crashes */
#include <fcntl.h>

#include "event/gap.h"
#include "tests/unit/daemon/recording.h"

static void what_is_on_disk_is_not_written_twice(void **state)
{
	(void)state;
	denial(1, "clerk");
	denial(3, "clerk");
	/* killed between the write and the ring's position: both come again, 2 is late */
	reopen();
	denial(1, "clerk");
	denial(3, "clerk");
	denial(2, "clerk");
	denial(4, "clerk");
	assert_string_equal(kinds(), "denial 1|denial 1|denial 1|denial 1|");
	recorder_settle(recorder, 4);
	assert_string_equal(kinds(), "denial 1|denial 1|denial 1|denial 1|");
}

static void a_loss_is_exact_and_told_once(void **state)
{
	struct recorder_totals totals;

	(void)state;
	denial(1, "clerk");
	denial(5, "clerk");
	recorder_settle(recorder, 6);
	recorder_settle(recorder, 6);
	assert_string_equal(kinds(), "denial 1|denial 1|lost 4|");
	recorder_totals(recorder, &totals);
	assert_int_equal(totals.lost, 4);
	reopen();
	recorder_settle(recorder, 6);
	denial(7, "clerk");
	recorder_settle(recorder, 7);
	assert_string_equal(kinds(), "denial 1|denial 1|lost 4|denial 1|");
}

/* What is missing while segments come and go is still missing for who reads the last one */
static void a_loss_outlives_its_segment(void **state)
{
	(void)state;
	sizes.segment_size = 100;	/* a record each */
	reopen();
	denial(1, "clerk");
	denial(5, "clerk");
	denial(6, "clerk");
	denial(3, "clerk");
	denial(7, "clerk");
	reopen();
	denial(6, "clerk");
	denial(7, "clerk");
	denial(4, "clerk");
	recorder_settle(recorder, 8);
	assert_string_equal(kinds(), "denial 1|denial 1|denial 1|denial 1|denial 1|denial 1|lost 2|");
	reopen();
	recorder_settle(recorder, 8);
	assert_string_equal(kinds(), "denial 1|denial 1|denial 1|denial 1|denial 1|denial 1|lost 2|");
}

/* The segments closed by now, in their packed form */
static void pack_all(void)
{
	uint64_t before;

	do {
		before = journal_bytes(recorder_journal(recorder));
		recorder_tend(recorder);
	} while (journal_bytes(recorder_journal(recorder)) != before);
}

static void a_loss_outlives_packed_segments(void **state)
{
	char packed[128];

	(void)state;
	sizes.segment_size = 100;	/* a record each */
	reopen();
	denial(1, "clerk");
	denial(5, "clerk");
	denial(6, "clerk");
	denial(3, "clerk");
	denial(7, "clerk");
	pack_all();
	snprintf(packed, sizeof(packed), "ls %s/*.zst >/dev/null", directory);
	assert_int_equal(system(packed), 0);
	reopen();
	denial(5, "clerk");
	denial(4, "clerk");
	recorder_settle(recorder, 8);
	assert_string_equal(kinds(), "denial 1|denial 1|denial 1|denial 1|denial 1|denial 1|lost 2|");
}

/* Which numbers are of which loading is known, too, where neither began in the last segment */
static void a_loss_is_of_the_last_loading_alone(void **state)
{
	(void)state;
	sizes.segment_size = 100;	/* a record each */
	reopen();
	denial(1, "clerk");
	denial(9, "clerk");
	recorder_restart(recorder);
	denial(2, "clerk");
	denial(4, "clerk");
	denial(5, "clerk");
	reopen();
	recorder_resume(recorder, 5);
	denial(4, "clerk");
	denial(1, "clerk");
	recorder_settle(recorder, 5);
	assert_string_equal(kinds(), "denial 1|denial 1|denial 1|denial 1|denial 1|denial 1|lost 1|");
}

static void flip_in_segment(uint64_t first, off_t at)
{
	char path[128], byte;
	int fd;

	snprintf(path, sizeof(path), "%s/%020d.bwj", directory, (int)first);
	fd = open(path, O_RDWR);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

/* Nor is what a damaged segment had taken for lost; but it is said that nobody knows */
static void a_loss_that_cannot_be_known_is_said(void **state)
{
	struct buffer notes = { 0 };

	(void)state;
	sizes.segment_size = 100;	/* a record each */
	reopen();
	denial(1, "clerk");
	denial(3, "clerk");
	denial(4, "clerk");
	denial(5, "clerk");
	recorder = recorder_close(recorder);
	flip_in_segment(3, 300);	/* the one of denial 4 */
	assert_int_equal(recorder_open(directory, &sizes, "/nonexistent", &notes, &recorder), 0);
	assert_string_equal(notes.data, "segment 3 of the journal cannot be read: which of the denials "
			    "numbered 2 to 4 were lost is not known\n");
	buffer_done(&notes);
	recorder_settle(recorder, 5);
	assert_null(strstr(kinds(), "lost"));
}

/* The number of the kernel's that a record in the journal stands for, the last of its kind */
static uint64_t source_of(const char *kind)
{
	struct journal_reader *reader;
	struct segment_record record;
	uint64_t source = 0;

	assert_int_equal(journal_reader_new(directory, &reader), 0);
	while (journal_read(reader, &record) == JOURNAL_RECORD) {
		if (strstr((char *)record.payload, kind))
			source = record.header.source;
		segment_record_done(&record);
	}
	journal_reader_free(reader);
	return source;
}

/* Ended between the two records, the next controller must still take the one that was coming */
static void a_loss_does_not_take_in_the_record_that_shows_it(void **state)
{
	(void)state;
	denial(1, "clerk");
	for (uint64_t i = 3; i < 2 + GAP_WINDOW; i++)
		denial(i, "clerk");
	denial(2 + GAP_WINDOW, "clerk");
	assert_int_equal(source_of("\"kind\":\"lost\""), 1 + GAP_WINDOW);
	assert_int_equal(source_of("\"kind\":\"denial\""), 2 + GAP_WINDOW);
}

static void loading_anew_starts_the_numbers_anew(void **state)
{
	(void)state;
	denial(1, "clerk");
	denial(2, "clerk");
	recorder_restart(recorder);
	denial(1, "clerk");
	assert_string_equal(kinds(), "denial 1|denial 1|denial 1|");
	/* the journal says so too: after a crash 1 is known and 2 is new */
	reopen();
	denial(1, "clerk");
	denial(2, "clerk");
	assert_string_equal(kinds(), "denial 1|denial 1|denial 1|denial 1|");
}

static void what_is_said_before_the_first_number_says_that_they_begin_anew(void **state)
{
	struct event start = { .kind = EVENT_CONTROLLER_START };

	(void)state;
	denial(1, "clerk");
	denial(2, "clerk");
	recorder_restart(recorder);
	recorder_event(recorder, &start);
	/* ended before a number came: the next one expects them from the first on */
	reopen();
	recorder_resume(recorder, 2);
	denial(2, "clerk");
	recorder_settle(recorder, 2);
	assert_string_equal(kinds(), "denial 1|denial 1|controller-start 1|denial 1|lost 1|");
}

static void a_new_segment_says_that_no_number_was_given_yet(void **state)
{
	struct event start = { .kind = EVENT_CONTROLLER_START };

	(void)state;
	sizes.segment_size = 100;	/* a record each */
	reopen();
	recorder_restart(recorder);
	recorder_event(recorder, &start);
	recorder_event(recorder, &start);
	reopen();
	denial(3, "clerk");
	recorder_settle(recorder, 3);
	assert_string_equal(kinds(), "controller-start 1|controller-start 1|denial 1|lost 2|");
}

static void what_was_given_before_a_journal_began_is_not_lost(void **state)
{
	struct event start = { .kind = EVENT_CONTROLLER_START };

	(void)state;
	sizes.segment_size = 100;	/* a record each */
	reopen();
	recorder_event(recorder, &start);
	recorder_event(recorder, &start);
	reopen();
	denial(3, "clerk");
	recorder_settle(recorder, 3);
	assert_string_equal(kinds(), "controller-start 1|controller-start 1|denial 1|");
}

static void what_tells_of_a_deletion_does_not_say_that_numbers_begin_anew(void **state)
{
	struct event start = { .kind = EVENT_CONTROLLER_START };

	(void)state;
	sizes.segment_size = 100;	/* a record each */
	reopen();
	for (uint64_t i = 1; i <= 9; i++)
		denial(i, "clerk");
	sizes.total_size = 2000;
	sizes.segment_size = 100000;	/* what follows is in one */
	reopen();
	recorder_restart(recorder);
	recorder_tend(recorder);
	recorder_event(recorder, &start);
	assert_non_null(strstr(kinds(), "journal 1|controller-start 1|"));
	sizes.total_size = 0;
	reopen();
	recorder_resume(recorder, 9);
	denial(2, "clerk");
	recorder_settle(recorder, 2);
	assert_non_null(strstr(kinds(), "|denial 1|lost 1|"));
}

static void an_earlier_loading_is_known_by_its_higher_numbers(void **state)
{
	(void)state;
	denial(1, "clerk");
	denial(2, "clerk");
	denial(3, "clerk");
	/* loaded anew by one that was ended before it could say so: 1 was given */
	reopen();
	recorder_resume(recorder, 1);
	denial(1, "clerk");
	assert_string_equal(kinds(), "denial 1|denial 1|denial 1|denial 1|");
	/* the same loading: what was told is not told again */
	reopen();
	recorder_resume(recorder, 1);
	denial(1, "clerk");
	denial(2, "clerk");
	assert_string_equal(kinds(), "denial 1|denial 1|denial 1|denial 1|denial 1|");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_on_disk_is_not_written_twice),
		TEST(a_loss_is_exact_and_told_once),
		TEST(a_loss_outlives_its_segment),
		TEST(a_loss_outlives_packed_segments),
		TEST(a_loss_is_of_the_last_loading_alone),
		TEST(a_loss_that_cannot_be_known_is_said),
		TEST(a_loss_does_not_take_in_the_record_that_shows_it),
		TEST(loading_anew_starts_the_numbers_anew),
		TEST(what_is_said_before_the_first_number_says_that_they_begin_anew),
		TEST(a_new_segment_says_that_no_number_was_given_yet),
		TEST(what_was_given_before_a_journal_began_is_not_lost),
		TEST(what_tells_of_a_deletion_does_not_say_that_numbers_begin_anew),
		TEST(an_earlier_loading_is_known_by_its_higher_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
