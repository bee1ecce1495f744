// SPDX-License-Identifier: Apache-2.0
/* Tests of journal/journal.h: appending, and opening what was left */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "journal/journal.h"
#include "journal/reader.h"
#include "journal/segment.h"

static char directory[64];
static struct buffer notes;
static uint64_t sources[64];
static size_t source_count;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/journal-XXXXXX");
	source_count = 0;
	return mkdtemp(directory) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	buffer_done(&notes);
	return nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void seen(void *context, uint64_t source, unsigned int flags)
{
	(void)context;
	(void)flags;
	if (source_count < 64)
		sources[source_count++] = source;
}

static struct journal *reopen(const struct journal_options *options)
{
	struct journal *journal = NULL;

	buffer_clear(&notes);
	source_count = 0;
	assert_int_equal(journal_open(directory, options, seen, NULL, &notes, &journal), 0);
	return journal;
}

static int append(struct journal *journal, const char *text, uint64_t source)
{
	struct journal_entry entry = { .time = 5, .source = source, .data = text,
				       .size = strlen(text) };

	return journal_append(journal, &entry);
}

static void path_of(uint64_t first, char path[128])
{
	char name[SEGMENT_NAME_MAX];

	snprintf(path, 128, "%s/%s", directory, segment_name(first, name));
}

static off_t size_of(uint64_t first)
{
	struct stat st;
	char path[128];

	path_of(first, path);
	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void flip(uint64_t first, off_t at)
{
	char path[128], byte;
	int fd;

	path_of(first, path);
	fd = open(path, O_RDWR);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

/* Texts of all records in order, '|' between; '!' where damage was passed */
static const char *contents(void)
{
	static char all[4096];
	struct segment_record record;
	struct journal_reader *reader;
	size_t at = 0;
	int r;

	all[0] = 0;
	assert_int_equal(journal_reader_new(directory, &reader), 0);
	while ((r = journal_read(reader, &record)) != JOURNAL_END) {
		assert_true(r >= 0);
		if (r == JOURNAL_DAMAGED) {
			at += (size_t)snprintf(all + at, sizeof(all) - at, "!|");
			continue;
		}
		at += (size_t)snprintf(all + at, sizeof(all) - at, "%s|", record.payload);
		segment_record_done(&record);
	}
	journal_reader_free(reader);
	return all;
}

static void what_is_appended_is_there_again(void **state)
{
	struct journal *journal = reopen(NULL);
	char identity[64];

	(void)state;
	assert_int_equal(journal_next(journal), 1);
	assert_int_equal(append(journal, "one", 10), 0);
	assert_int_equal(append(journal, "", 0), 0);
	assert_int_equal(append(journal, "three", 12), 0);
	strcpy(identity, journal_identity(journal));
	assert_int_equal(strlen(identity), 32);
	journal_close(journal);
	journal = reopen(NULL);
	assert_int_equal(notes.size, 0);
	assert_int_equal(journal_next(journal), 4);
	assert_string_equal(journal_identity(journal), identity);
	assert_int_equal(source_count, 4);	/* the segment's own word first */
	assert_int_equal(sources[1], 10);
	assert_int_equal(sources[3], 12);
	assert_string_equal(contents(), "one||three|");
	journal_close(journal);
}

static void every_torn_end_is_cut_off_and_kept_aside(void **state)
{
	struct journal *journal = reopen(NULL);
	off_t whole, last;
	char path[128];

	(void)state;
	append(journal, "one", 1);
	whole = size_of(1);
	append(journal, "two", 2);
	last = size_of(1);
	journal_close(journal);
	path_of(1, path);
	for (off_t cut = last - 1; cut > whole; cut--) {
		assert_int_equal(truncate(path, cut), 0);
		journal = reopen(NULL);
		assert_non_null(strstr(notes.data, "torn"));
		assert_int_equal(journal_next(journal), 2);
		assert_int_equal(size_of(1), whole);
		assert_int_equal(append(journal, "two", 2), 0);
		assert_int_equal(size_of(1), last);
		journal_close(journal);
	}
	assert_string_equal(contents(), "one|two|");
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
		assert_int_equal(journal_close(journal) == NULL, 1);
		assert_int_equal(truncate(directory, 0), -1);
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
	assert_int_equal(journal_next(journal), 1);
	journal_close(journal);
}

static void segments_follow_each_other(void **state)
{
	struct journal_options options = { .segment_size = 300, .total_size = 1 << 20 };
	struct journal *journal = reopen(&options);
	struct segment_list list;
	int fd = open(directory, O_RDONLY | O_DIRECTORY);

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(append(journal, "0123456789", (uint64_t)i + 1), 0);
	assert_int_equal(segment_list_read(fd, &list), 0);
	assert_true(list.count >= 3);
	segment_list_done(&list);
	journal_close(journal);
	journal = reopen(&options);
	assert_int_equal(notes.size, 0);
	assert_int_equal(journal_next(journal), 11);
	journal_close(journal);
	close(fd);
}

static void the_oldest_segments_go_first(void **state)
{
	struct journal_options options = { .segment_size = 300, .total_size = 1000 };
	struct journal *journal = reopen(&options);

	(void)state;
	for (int i = 0; i < 50; i++)
		assert_int_equal(append(journal, "0123456789", 0), 0);
	assert_true(journal_bytes(journal) < 1500);
	assert_int_equal(journal_next(journal), 51);
	journal_close(journal);
}

static void one_writer_at_a_time(void **state)
{
	struct journal *journal = reopen(NULL), *second = NULL;

	(void)state;
	assert_int_equal(journal_open(directory, NULL, NULL, NULL, &notes, &second), -EBUSY);
	assert_null(second);
	journal_close(journal);
}

static void a_killed_writer_loses_nothing(void **state)
{
	struct journal *journal;
	int pipe_[2], status;
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(pipe_), 0);
	pid = fork();
	if (pid == 0) {
		if (journal_open(directory, NULL, NULL, NULL, &notes, &journal) < 0 ||
		    append(journal, "said", 1) < 0 || write(pipe_[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	assert_int_equal(read(pipe_[0], &byte, 1), 1);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	journal = reopen(NULL);
	assert_int_equal(notes.size, 0);
	assert_string_equal(contents(), "said|");
	journal_close(journal);
	close(pipe_[0]);
	close(pipe_[1]);
}

static void a_full_disk_leaves_no_half_record(void **state)
{
	struct rlimit old, small;
	struct journal *journal = reopen(NULL);
	off_t size;

	(void)state;
	append(journal, "one", 1);
	size = size_of(1);
	/* a file-size limit behaves like a disk that fills up within the record */
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = (rlim_t)size + 20;
	setrlimit(RLIMIT_FSIZE, &small);
	assert_true(append(journal, "two", 2) < 0);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(size_of(1), size);
	assert_int_equal(journal_next(journal), 2);
	assert_int_equal(append(journal, "two", 2), 0);
	journal_close(journal);
	assert_string_equal(contents(), "one|two|");
}

static void too_large_is_refused(void **state)
{
	struct journal *journal = reopen(NULL);
	struct journal_entry entry = { .data = "x", .size = JOURNAL_PAYLOAD_MAX + 1 };

	(void)state;
	assert_int_equal(journal_append(journal, &entry), -EMSGSIZE);
	assert_int_equal(journal_next(journal), 1);
	journal_close(journal);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_is_appended_is_there_again),
		TEST(every_torn_end_is_cut_off_and_kept_aside),
		TEST(blocks_of_zeros_after_a_power_cut_are_a_torn_end),
		TEST(any_flipped_bit_is_found_and_left_as_evidence),
		TEST(a_changed_header_is_no_segment_of_ours),
		TEST(segments_follow_each_other),
		TEST(the_oldest_segments_go_first),
		TEST(one_writer_at_a_time),
		TEST(a_killed_writer_loses_nothing),
		TEST(a_full_disk_leaves_no_half_record),
		TEST(too_large_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
