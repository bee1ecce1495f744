// SPDX-License-Identifier: Apache-2.0
/* Tests of journal/journal.h: appending, and opening what was left */
#include <sys/resource.h>

#include "tests/unit/journal/scene.h"

static uint64_t sources[64];
static size_t source_count;

static void seen(void *context, uint64_t source, unsigned int flags)
{
	(void)context;
	(void)flags;
	if (source_count < 64)
		sources[source_count++] = source;
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
	assert_int_equal(journal_open(directory, NULL, seen, NULL, &notes, &journal), 0);
	assert_int_equal(notes.size, 0);
	assert_int_equal(journal_next(journal), 4);
	assert_string_equal(journal_identity(journal), identity);
	assert_int_equal(source_count, 4);	/* the segment's own word first */
	assert_int_equal(sources[1], 10);
	assert_int_equal(sources[3], 12);
	assert_string_equal(contents(), "one||three|");
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
	assert_int_equal(verify(NULL), 0);
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

static int syncs, refusals;

static int count_sync(int fd)
{
	(void)fd;
	syncs++;
	if (!refusals)
		return 0;
	refusals--;
	errno = EIO;
	return -1;
}

static void many_records_share_one_sync(void **state)
{
	struct journal_options options = { .sync = count_sync, .sync_delay = 1000000000 };
	struct journal *journal = reopen(&options);
	int64_t due;

	(void)state;
	assert_int_equal(journal_sync_due(journal), -1);
	syncs = 0;
	append(journal, "one", 0);
	due = journal_sync_due(journal);
	assert_true(due > 0);
	append(journal, "two", 0);
	assert_int_equal(journal_sync_due(journal), due);	/* the oldest waits longest */
	assert_int_equal(journal_durable(journal), 1);
	assert_int_equal(syncs, 0);
	assert_int_equal(journal_sync(journal), 0);
	assert_int_equal(syncs, 1);
	assert_int_equal(journal_durable(journal), 3);
	assert_int_equal(journal_sync_due(journal), -1);
	assert_int_equal(journal_sync(journal), 0);
	assert_int_equal(syncs, 1);
	journal_close(journal);
}

static void much_is_synced_before_its_time(void **state)
{
	struct journal_options options = { .sync_delay = 3600ull * 1000000000 };
	struct journal *journal = reopen(&options);
	static char text[100001];
	int n = 0;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	do
		assert_int_equal(append(journal, text, 0), 0);
	while (journal_sync_due(journal) != 0 && ++n < 100);
	assert_true(n >= 5 && n < 20);
	journal_close(journal);
}

static void a_disk_that_refuses_is_asked_again_later(void **state)
{
	struct journal_options options = { .sync = count_sync };
	struct journal *journal = reopen(&options);
	int64_t due;

	(void)state;
	append(journal, "one", 0);
	due = journal_sync_due(journal);
	refusals = 1;
	assert_int_equal(journal_sync(journal), -EIO);
	assert_int_equal(journal_durable(journal), 1);	/* nothing is called safe that is not */
	assert_true(journal_sync_due(journal) >= due + 900000000);
	append(journal, "two", 0);
	assert_int_equal(journal_sync(journal), 0);
	assert_int_equal(journal_durable(journal), 3);
	journal_close(journal);
	assert_string_equal(contents(), "one|two|");
}

/*
 * After a failed sync the page cache may be clean and the disk old.  The file is
 * changed behind the journal's back where that can be seen: what is written
 * again comes from what can be read, and lands where it was.
 */
static void what_a_failed_sync_left_is_written_again(void **state)
{
	struct journal_options options = { .sync = count_sync };
	struct journal *journal = reopen(&options);
	struct stat before, after;
	char path[128];

	(void)state;
	append(journal, "one", 0);
	refusals = 1;
	assert_int_equal(journal_sync(journal), -EIO);
	path_of(1, path);
	assert_int_equal(stat(path, &before), 0);
	usleep(20000);
	assert_int_equal(journal_sync(journal), 0);
	assert_int_equal(stat(path, &after), 0);
	assert_true(after.st_mtim.tv_sec > before.st_mtim.tv_sec ||
		    after.st_mtim.tv_nsec > before.st_mtim.tv_nsec);
	assert_int_equal(after.st_size, before.st_size);
	journal_close(journal);
	assert_int_equal(verify(NULL), 0);
}

/* Appends for ever, saying after each record that it is there */
static void write_until_killed(int out, const struct journal_options *options)
{
	struct journal *journal = reopen(options);
	static char text[5000];

	srandom((unsigned int)getpid());
	for (;;) {
		uint64_t number = journal_next(journal);
		size_t size = (size_t)random() % sizeof(text);
		uint64_t first;
		bool age;

		memset(text, 'a' + (char)(number % 26), size);
		text[size] = 0;
		if (append(journal, text, 0) < 0 || write(out, &number, sizeof(number)) < 0)
			_exit(1);
		if (random() % 50 == 0)
			journal_sync(journal);
		if (random() % 20 == 0)
			journal_pack(journal, 20000);
		if (journal_excess(journal, &first, &age) &&
		    append_as(journal, "trimmed", first, JOURNAL_FLAG_TRIMMED) == 0 &&
		    journal_sync(journal) == 0)
			journal_trim(journal, first);
	}
}

static void killed_at_random_nothing_said_is_lost(void **state)
{
	struct journal_options options = { .segment_size = 60000, .total_size = 200000 };
	uint64_t said = 0, number;

	(void)state;
	for (int round = 0; round < 100; round++) {
		int pipe_[2], status;
		struct journal *journal;
		pid_t pid;

		assert_int_equal(pipe(pipe_), 0);
		pid = fork();
		if (pid == 0)
			write_until_killed(pipe_[1], &options);
		close(pipe_[1]);
		usleep((useconds_t)(random() % 20000));
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		assert_true(WIFSIGNALED(status));
		while (read(pipe_[0], &number, sizeof(number)) == sizeof(number))
			said = number;
		close(pipe_[0]);
		journal = reopen(&options);
		if (journal_next(journal) <= said)
			fail_msg("record %d was said to be there", (int)said);
		journal_told(journal);
		journal_close(journal);
		if (verify(NULL))
			fail_msg("round %d: %s", round, told.data);
	}
	assert_true(said > 100);
	assert_true(report.first > 1);		/* limits and packing took part */
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
	const struct CMUnitTest tests[] = {
		TEST(what_is_appended_is_there_again),
		TEST(segments_follow_each_other),
		TEST(one_writer_at_a_time),
		TEST(a_killed_writer_loses_nothing),
		TEST(a_full_disk_leaves_no_half_record),
		TEST(many_records_share_one_sync),
		TEST(much_is_synced_before_its_time),
		TEST(a_disk_that_refuses_is_asked_again_later),
		TEST(what_a_failed_sync_left_is_written_again),
		TEST(killed_at_random_nothing_said_is_lost),
		TEST(too_large_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
