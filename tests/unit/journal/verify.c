// SPDX-License-Identifier: Apache-2.0
/* Tests of journal/verify.h: every bit, every cut, every record out of place */
#include "tests/unit/journal/scene.h"

static struct journal_options small = { .segment_size = 230, .total_size = 1 << 20 };

static bool watched;		/* what is there is looked at before each step of the writer */
static unsigned looked, damaged;

static void look(void)
{
	if (!watched)
		return;
	watched = false;
	looked++;
	damaged += verify(NULL) != 0;
	watched = true;
}

/* Stand before those of the C library, whose callers are in the journal */
ssize_t write(int fd, const void *data, size_t size)
{
	look();
	return syscall(SYS_write, fd, data, size);
}

int fsync(int fd)
{
	look();
	return (int)syscall(SYS_fsync, fd);
}

int renameat(int from, const char *name, int to, const char *other)
{
	look();
	return (int)syscall(SYS_renameat, from, name, to, other);
}

/* Ten records in five segments; @packed of them packed */
static struct journal *fill(bool packed)
{
	struct journal *journal = reopen(&small);
	char text[16];

	for (int i = 1; i <= 10; i++) {
		snprintf(text, sizeof(text), "record %d", i);
		assert_int_equal(append(journal, text, (uint64_t)i), 0);
	}
	while (packed && journal_pack(journal, 1 << 20) == 1)
		;
	return journal;
}

static size_t list_files(char paths[16][320])
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	size_t n = 0;

	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, "lock") && entry->d_name[0] != '.')
			snprintf(paths[n++], 320, "%s/%s", directory, entry->d_name);
	closedir(dir);
	return n;
}

static void a_whole_journal_has_no_findings(void **state)
{
	(void)state;
	journal_close(fill(false));
	assert_int_equal(verify(NULL), 0);
	assert_int_equal(report.segments, 5);
	assert_int_equal(report.records, 10);
	assert_int_equal(report.first, 1);
	assert_int_equal(report.next, 11);
	assert_int_equal(strlen(report.identity), 32);
}

static void every_bit_counts(void **state)
{
	char paths[16][320];
	size_t n, flips = 0;

	(void)state;
	journal_close(fill(false));
	n = list_files(paths);
	assert_int_equal(n, 6);
	for (size_t i = 0; i < n; i++) {
		struct stat st;

		assert_int_equal(stat(paths[i], &st), 0);
		for (off_t at = 0; at < st.st_size; at++)
			for (int bit = 0; bit < 8; bit++, flips++) {
				flip_in(paths[i], at, bit);
				if (!verify(NULL))
					fail_msg("bit %d of byte %d of %s", bit, (int)at, paths[i]);
				flip_in(paths[i], at, bit);
			}
	}
	assert_true(flips > 8000);
	assert_int_equal(verify(NULL), 0);
}

/* In a packed segment a bit may mean nothing: then the records are what they were */
static void every_bit_of_a_packed_segment_that_matters(void **state)
{
	char paths[16][320], before[4096];
	size_t found = 0, meaningless = 0;

	(void)state;
	journal_close(fill(true));
	strcpy(before, contents());
	for (size_t n = list_files(paths); n--;) {
		struct stat st;

		if (!strstr(paths[n], ".zst"))
			continue;
		assert_int_equal(stat(paths[n], &st), 0);
		for (off_t at = 0; at < st.st_size; at++)
			for (int bit = 0; bit < 8; bit++) {
				flip_in(paths[n], at, bit);
				if (verify(NULL)) {
					found++;
				} else {
					assert_string_equal(contents(), before);
					meaningless++;
				}
				flip_in(paths[n], at, bit);
			}
	}
	assert_true(found > 1000);
	assert_true(meaningless < found / 50);
}

static void every_cut_is_found(void **state)
{
	char paths[16][320];

	(void)state;
	journal_close(fill(true));
	for (size_t n = list_files(paths); n--;) {
		struct kept kept = keep_file(paths[n]);

		for (size_t size = 0; size < kept.size; size++) {
			assert_int_equal(truncate(paths[n], (off_t)size), 0);
			if (!verify(NULL))
				fail_msg("%s cut to %d bytes", paths[n], (int)size);
			put_back(&kept);
		}
		assert_int_equal(unlink(paths[n]), 0);		/* and without it */
		assert_true(verify(NULL) > 0);
		put_back(&kept);
		free(kept.data);
	}
}

/* One segment with ten records of one size; where record @n stands in it */
#define RECORD (off_t)(JOURNAL_RECORD_MIN + 9)
static off_t place(int n)
{
	return (off_t)sizeof(struct journal_segment_header) + (n - 1) * RECORD;
}

static struct kept one_segment(void)
{
	struct journal *journal = reopen(NULL);
	char text[16], path[128];

	for (int i = 1; i <= 10; i++) {
		snprintf(text, sizeof(text), "record %2d", i);
		assert_int_equal(append(journal, text, 0), 0);
	}
	journal_close(journal);
	path_of(1, path);
	return keep_file(path);
}

static void a_record_that_was_taken_out_is_missed(void **state)
{
	struct kept kept = one_segment();

	(void)state;
	for (int n = 1; n <= 10; n++) {
		char *less = malloc(kept.size);

		memcpy(less, kept.data, (size_t)place(n));
		memcpy(less + place(n), kept.data + place(n + 1), kept.size - (size_t)place(n + 1));
		put_file(kept.path, less, kept.size - (size_t)RECORD);
		free(less);
		assert_true(verify(NULL) > 0);
		if (n < 9) {
			char text[64];

			assert_int_equal(report.findings, 1);	/* one is missing, the others are fine */
			snprintf(text, sizeof(text), "where record %d should be stands one that calls "
				 "itself %d", n, n + 1);
			assert_non_null(strstr(told.data, text));
			snprintf(text, sizeof(text), "00000000000000000001.bwj@%d %d-", (int)place(n), n);
			assert_non_null(strstr(told.data, text));
		}
	}
	free(kept.data);
}

static void records_in_another_order_are_found(void **state)
{
	struct kept kept = one_segment();

	(void)state;
	for (int n = 1; n < 10; n++) {
		char *other = malloc(kept.size);

		memcpy(other, kept.data, kept.size);
		memcpy(other + place(n), kept.data + place(n + 1), (size_t)RECORD);
		memcpy(other + place(n + 1), kept.data + place(n), (size_t)RECORD);
		put_file(kept.path, other, kept.size);
		free(other);
		assert_true(verify(NULL) > 0);
		assert_non_null(strstr(told.data, "in another place"));
	}
	free(kept.data);
}

static void a_record_put_in_twice_is_found(void **state)
{
	struct kept kept = one_segment();
	char *more = malloc(kept.size + (size_t)RECORD);

	(void)state;
	memcpy(more, kept.data, (size_t)place(6));
	memcpy(more + place(6), kept.data + place(5), kept.size - (size_t)place(5));
	put_file(kept.path, more, kept.size + (size_t)RECORD);
	assert_true(verify(NULL) > 0);
	free(more);
	free(kept.data);
}

static void a_missing_segment_is_named(void **state)
{
	char path[128];
	struct kept kept;

	(void)state;
	journal_close(fill(true));
	path_of(5, path);
	kept = keep_file(path);
	unlink(path);
	assert_int_equal(verify(NULL), 1);
	assert_non_null(strstr(told.data, "@96 5-6: records 5 to 6 are missing before this segment"));
	put_back(&kept);
	free(kept.data);
	path_of(1, path);
	unlink(path);
	assert_int_equal(verify(NULL), 1);
	assert_non_null(strstr(told.data, "records 1 to 2 are missing at the front"));
	path_of(9, path);
	unlink(path);
	assert_int_equal(verify(NULL), 2);
	assert_non_null(strstr(told.data, "records 9 to 10 are missing at the end"));
}

static void another_journals_segment_is_found(void **state)
{
	char path[128];
	struct kept kept;

	(void)state;
	journal_close(fill(false));
	path_of(3, path);
	kept = keep_file(path);
	assert_int_equal(nftw(directory, scene_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
	assert_int_equal(mkdir(directory, 0700), 0);
	journal_close(fill(false));
	put_back(&kept);
	free(kept.data);
	assert_true(verify(NULL) > 0);
	assert_non_null(strstr(told.data, "another journal's"));
}

static void a_head_told_elsewhere_shows_a_chain_made_anew(void **state)
{
	struct journal *journal = fill(false);
	char early[JOURNAL_HEAD_TEXT], late[JOURNAL_HEAD_TEXT];

	(void)state;
	journal_head_text(journal, early);
	append(journal, "eleven", 0);
	append(journal, "twelve", 0);
	journal_head_text(journal, late);
	journal_close(journal);
	assert_int_equal(verify(early), 0);
	assert_int_equal(verify(late), 0);
	/* who has the machine writes it all again, and nothing inside can tell */
	assert_int_equal(nftw(directory, scene_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
	assert_int_equal(mkdir(directory, 0700), 0);
	journal_close(fill(false));
	assert_int_equal(verify(NULL), 0);
	assert_int_equal(verify(early), 1);
	assert_non_null(strstr(told.data, "it was written anew"));
	assert_int_equal(verify(late), 1);
	assert_non_null(strstr(told.data, "but record 12 was there when the head was told"));
}

static void every_place_can_be_told(void **state)
{
	struct journal *journal = reopen(&small);
	char heads[30][JOURNAL_HEAD_TEXT];
	int n = 0;

	(void)state;
	for (int i = 0; i < 9; i++) {
		journal_head_text(journal, heads[n++]);
		append(journal, "0123456789", 0);
	}
	journal_close(journal);
	while (n--)
		assert_int_equal(verify(heads[n]), 0);
}

static void a_head_of_what_a_limit_deleted_cannot_be_compared(void **state)
{
	struct journal *journal = fill(false);
	char head[JOURNAL_HEAD_TEXT];
	uint8_t hash[SHA256_SIZE] = { 0 };

	(void)state;
	append_as(journal, "trimmed", 5, JOURNAL_FLAG_TRIMMED);
	journal_trim(journal, 5);
	journal_close(journal);
	assert_int_equal(verify(NULL), 0);
	assert_int_equal(verify(head_format(3, hash, head)), 1);
	assert_non_null(strstr(told.data, "can no longer be compared"));
}

static void no_journal_is_no_answer(void **state)
{
	(void)state;
	assert_int_equal(verify_journal(directory, NULL, take_finding, NULL, &report), -ENODATA);
	assert_int_equal(verify_journal("/nonexistent", NULL, take_finding, NULL, &report), -ENOENT);
}

/* A verification beside a writer never takes what is being written for damage */
static void a_journal_in_use_is_whole(void **state)
{
	struct journal_options options = { .segment_size = 40000, .total_size = 1 << 30 };
	int status, looks = 0;
	pid_t pid;

	(void)state;
	journal_close(reopen(&options));
	pid = fork();
	if (pid == 0) {
		struct journal *journal = reopen(&options);
		static char text[20000];

		memset(text, 'x', sizeof(text) - 1);
		for (int i = 0; i < 400; i++) {
			append(journal, text + i % 19000, 0);
			if (i % 50 == 0)
				journal_sync(journal);
			if (i % 10 == 0)
				journal_pack(journal, 100000);
		}
		_exit(0);
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (verify(NULL))
			fail_msg("%s", told.data);
		looks++;
	}
	assert_int_equal(status, 0);
	assert_true(looks > 0);
}

static void each_step_leaves_a_whole_journal(void **state)
{
	(void)state;
	journal_close(reopen(&small));
	looked = damaged = 0;
	watched = true;
	journal_close(fill(true));
	watched = false;
	if (damaged)
		fail_msg("%u of %u looks found damage, the last: %s", damaged, looked, told.data);
	assert_true(looked > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_whole_journal_has_no_findings),
		TEST(every_bit_counts),
		TEST(every_bit_of_a_packed_segment_that_matters),
		TEST(every_cut_is_found),
		TEST(a_record_that_was_taken_out_is_missed),
		TEST(records_in_another_order_are_found),
		TEST(a_record_put_in_twice_is_found),
		TEST(a_missing_segment_is_named),
		TEST(another_journals_segment_is_found),
		TEST(a_head_told_elsewhere_shows_a_chain_made_anew),
		TEST(every_place_can_be_told),
		TEST(a_head_of_what_a_limit_deleted_cannot_be_compared),
		TEST(no_journal_is_no_answer),
		TEST(each_step_leaves_a_whole_journal),
		TEST(a_journal_in_use_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
