// SPDX-License-Identifier: Apache-2.0
/* Tests of journal/reader.h: a place of one's own */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "journal/journal.h"
#include "journal/reader.h"

static char directory[64];
static struct journal *journal;
static struct journal_reader *reader;
static struct buffer notes;

static int set_up(void **state)
{
	struct journal_options options = { .segment_size = 300, .total_size = 1 << 20 };

	(void)state;
	strcpy(directory, "/tmp/reader-XXXXXX");
	if (!mkdtemp(directory) ||
	    journal_open(directory, &options, NULL, NULL, &notes, &journal) < 0)
		return -1;
	return journal_reader_new(directory, &reader);
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	journal_reader_free(reader);
	journal_close(journal);
	buffer_done(&notes);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

static void append(const char *text)
{
	struct journal_entry entry = { .time = 5, .data = text, .size = strlen(text) };

	assert_int_equal(journal_append(journal, &entry), 0);
}

static void expect(const char *text, uint64_t sequence)
{
	struct segment_record record;

	assert_int_equal(journal_read(reader, &record), JOURNAL_RECORD);
	assert_string_equal(record.payload, text);
	assert_int_equal(record.header.sequence, sequence);
	assert_int_equal(record.header.time, 5);
	segment_record_done(&record);
}

static void expect_end(void)
{
	struct segment_record record;

	assert_int_equal(journal_read(reader, &record), JOURNAL_END);
}

static void following_sees_every_record_once(void **state)
{
	char text[16];

	(void)state;
	expect_end();
	/* more than one segment */
	for (uint64_t i = 1; i <= 30; i++) {
		snprintf(text, sizeof(text), "record %d", (int)i);
		append(text);
		expect(text, i);
		expect_end();
	}
}

static void reading_from_the_start_passes_all_segments(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		append("0123456789");
	for (uint64_t i = 1; i <= 20; i++)
		expect("0123456789", i);
	expect_end();
}

static void seeking_skips_whole_segments(void **state)
{
	struct segment_record record;

	(void)state;
	for (int i = 0; i < 20; i++)
		append("0123456789");
	assert_int_equal(journal_reader_seek(reader, 0, 15), 0);
	assert_int_equal(journal_read(reader, &record), JOURNAL_RECORD);
	assert_true(record.header.sequence > 1);
	assert_true(record.header.sequence <= 15);
	segment_record_done(&record);
	assert_int_equal(journal_reader_seek(reader, UINT64_MAX, 0), 0);
	assert_int_equal(journal_read(reader, &record), JOURNAL_RECORD);
	assert_true(record.header.sequence > 15);
	segment_record_done(&record);
	assert_int_equal(journal_reader_seek(reader, 1, 0), 0);
	expect("0123456789", 1);
}

static void no_directory_is_an_error(void **state)
{
	struct journal_reader *none = NULL;

	(void)state;
	assert_true(journal_reader_new("/nonexistent", &none) < 0);
	assert_null(none);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(following_sees_every_record_once),
		TEST(reading_from_the_start_passes_all_segments),
		TEST(seeking_skips_whole_segments),
		TEST(no_directory_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
