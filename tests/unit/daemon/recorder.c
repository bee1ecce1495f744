// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/recorder.h: from ring records to the journal, across crashes */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include "journal/verify.h"
#include "tests/unit/daemon/recording.h"

static void denials_are_in_the_journal_when_the_call_returns(void **state)
{
	struct recorder_totals totals;

	(void)state;
	denial(1, "clerk");
	denial(2, "clerk");
	assert_string_equal(kinds(), "denial 1|denial 1|");
	recorder_totals(recorder, &totals);
	assert_int_equal(totals.recorded, 2);
	assert_int_equal(totals.lost, 0);
}

/* As if the programs had counted: who calls at root's port, somebody unknown, a unit with a bold name */
static int owed(void *context, uint64_t most, struct share_debts *ret)
{
	static const struct share_debts debts = {
		.count = 3,
		.list = {
			{ .key = BAILIWICK_SHARE_UNIT | 77, .count = 5, .unit = "bad\033[2J.service" },
			{ .key = BAILIWICK_SHARE_CALLERS | BAILIWICK_SHARE_LOGIN, .count = 2 },
			{ .key = BAILIWICK_SHARE_UID | 4000000000, .count = 1 },
		},
	};

	assert_int_equal(most, *(uint64_t *)context);
	*ret = debts;
	return 0;
}

static int nobody_knows(void *context, uint64_t most, struct share_debts *ret)
{
	(void)context;
	(void)most;
	ret->count = 1;
	return -EIO;
}

/* The record at this place of the journal, from 1 */
static const char *record_at(uint64_t sequence)
{
	static char text[4096];
	struct journal_reader *reader;
	struct segment_record record;

	assert_int_equal(journal_reader_new(directory, &reader), 0);
	while (journal_read(reader, &record) == JOURNAL_RECORD) {
		if (record.header.sequence == sequence)
			snprintf(text, sizeof(text), "%s", (char *)record.payload);
		segment_record_done(&record);
	}
	journal_reader_free(reader);
	return text;
}

static void a_loss_says_whose_it_was(void **state)
{
	uint64_t most = 9;
	const char *text;

	(void)state;
	recorder_ask(recorder, owed, &most);
	denial(1, "clerk");
	recorder_settle(recorder, 10);
	text = record_at(2);
	assert_non_null(strstr(text, "the counters have them: 5 of unit:bad\\\\x1b[2J.service, 2 of callers of user:0, "
			       "1 of user:4000000000\""));
	assert_non_null(strstr(text, "\"list\":[{\"operation\":null,\"object\":\"unit:bad\\\\x1b[2J.service\","
			       "\"count\":5},"));
	/* they are nine in all, and one is nobody's */
	assert_non_null(strstr(text, "{\"operation\":null,\"object\":\"others\",\"count\":1}]"));
	recorder_ask(recorder, nobody_knows, NULL);
	recorder_settle(recorder, 12);
	text = record_at(3);
	assert_non_null(strstr(text, "2 of the records 11 to 12 found no room in the ring; the counters "
			       "have them\""));
	assert_null(strstr(text, "\"list\""));
}

static void the_self_test_is_counted_not_told(void **state)
{
	struct event canary = { .kind = EVENT_CANARY };

	(void)state;
	recorder_fold(recorder, true);
	denial(0, "canary");
	denial(1, "clerk");
	denial(0, "canary");
	canary.count = recorder_fold(recorder, false);
	assert_int_equal(canary.count, 2);
	recorder_event(recorder, &canary);
	denial(0, "canary");	/* nobody's self-test: told */
	assert_string_equal(kinds(), "denial 1|canary 2|denial 1|");
	reopen();
	recorder_settle(recorder, 1);
	assert_string_equal(kinds(), "denial 1|canary 2|denial 1|");
}

static void what_cannot_be_read_is_told(void **state)
{
	(void)state;
	record_begin(&r, image, "clerk", BAILIWICK_OP_READ);
	recorder_record(recorder, &r, 10);
	r.d.event.kind = 99;
	recorder_record(recorder, &r, r.d.event.size);
	/* numbers of a record that contradicts itself are not believed */
	record_begin(&r, image, "clerk", BAILIWICK_OP_READ);
	r.d.event.sequence = UINT64_MAX;
	r.d.operation = 12345;
	recorder_record(recorder, &r, r.d.event.size);
	denial(2, "clerk");
	recorder_settle(recorder, 2);
	assert_string_equal(kinds(), "unknown 1|unknown 1|unknown 1|denial 1|");
}

/* The journal's directory on a disk of its own, as small as that; false where root is needed */
static bool small_disk(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return false;
	recorder = recorder_close(recorder);
	return mount("none", directory, "tmpfs", 0, "size=256k") == 0;
}

/* Counts of one kind, added up */
static int sum_of(const char *kind)
{
	int sum = 0;

	for (const char *at = kinds(); (at = strstr(at, kind)); at += strlen(kind))
		sum += atoi(at + strlen(kind));
	return sum;
}

static void fill_disk(const char *name, bool full)
{
	static const char block[4096];
	int fd;

	if (!full) {
		assert_int_equal(unlink(name), 0);
		return;
	}
	fd = open(name, O_WRONLY | O_CREAT, 0600);
	while (write(fd, block, sizeof(block)) > 0)
		;
	close(fd);
}

static void a_full_disk_is_counted_told_and_over_some_time(void **state)
{
	struct recorder_totals totals;
	struct verify_report report;
	uint64_t number = 1;
	char filler[80];

	(void)state;
	if (!small_disk()) {
		print_message("# a full disk: needs root\n");
		skip();
	}
	reopen();
	recorder_restart(recorder);
	snprintf(filler, sizeof(filler), "%s/filler", directory);
	denial(number++, "clerk");
	fill_disk(filler, true);
	/* the page begun has room for some more */
	do {
		denial(number++, "clerk");
		recorder_totals(recorder, &totals);
	} while (!totals.unwritten && number < 100);
	for (int i = 0; i < 9; i++)
		denial(number++, "clerk");
	recorder_totals(recorder, &totals);
	assert_int_equal(totals.problem, -ENOSPC);
	assert_int_equal(totals.unwritten, 10);
	fill_disk(filler, false);
	denial(number++, "clerk");
	recorder_totals(recorder, &totals);
	assert_int_equal(totals.problem, 0);
	assert_int_equal(totals.unwritten, 10);
	/* what is there and what is said to be missing is all there was */
	assert_int_equal(sum_of("denial"), number - 1 - 10);
	assert_int_equal(sum_of("journal"), 10);
	recorder_sync(recorder);
	assert_int_equal(verify_journal(directory, NULL, NULL, NULL, &report), 0);
	assert_int_equal(report.findings, 0);
	/* told once: the successor does not take them for lost */
	reopen();
	recorder_settle(recorder, number - 1);
	recorder_totals(recorder, &totals);
	assert_int_equal(totals.lost, 0);
	recorder = recorder_close(recorder);
	assert_int_equal(umount2(directory, MNT_DETACH), 0);
}

static void what_is_past_a_limit_is_told_before_it_goes(void **state)
{
	struct journal_options options = { .segment_size = 4000, .total_size = 20000 };
	struct verify_report report;
	struct buffer notes = { 0 };

	(void)state;
	recorder = recorder_close(recorder);
	assert_int_equal(recorder_open(directory, &options, "/nonexistent", &notes, &recorder), 0);
	image = compiled(policy);
	recorder_image(recorder, image, 0);
	for (uint64_t i = 1; i <= 100; i++)
		denial(i, "clerk");
	assert_non_null(strstr(kinds(), "journal 1|"));
	recorder_sync(recorder);
	assert_int_equal(verify_journal(directory, NULL, NULL, NULL, &report), 0);
	assert_int_equal(report.findings, 0);
	assert_true(report.first > 20);
	for (int i = 0; i < 10; i++)
		recorder_tend(recorder);
	assert_true(journal_bytes(recorder_journal(recorder)) < 15000);	/* packed */
	/* the number of that record is none of the kernel's */
	reopen();
	denial(100, "clerk");
	denial(101, "clerk");
	recorder_settle(recorder, 101);
	assert_null(strstr(kinds(), "lost"));
}

static void what_was_found_is_recorded_once(void **state)
{
	struct buffer notes = { 0 };
	char path[128];

	(void)state;
	denial(1, "clerk");
	recorder = recorder_close(recorder);
	snprintf(path, sizeof(path), "%s/head", directory);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(recorder_open(directory, NULL, "/nonexistent", &notes, &recorder), 0);
	assert_non_null(strstr(notes.data, "head is missing"));
	buffer_done(&notes);
	assert_string_equal(kinds(), "denial 1|journal 1|");
	reopen();
	assert_string_equal(kinds(), "denial 1|journal 1|");
}

static void images_are_found_by_version(void **state)
{
	struct compile_options options = { 0 };

	(void)state;
	assert_ptr_equal(recorder_find_image(recorder, 1), image);
	for (options.version = 2; options.version <= 9; options.version++)
		recorder_image(recorder, compiled_with(policy, &options, NULL, 0), 1);
	/* eight were tried and taken back: the one in force is still known */
	assert_non_null(recorder_find_image(recorder, 1));
	assert_non_null(recorder_find_image(recorder, 9));
	assert_null(recorder_find_image(recorder, 2));
	assert_null(recorder_find_image(recorder, 77));
}

static void a_burst_is_a_finding_in_the_journal(void **state)
{
	const struct burst_limits limits = { .count = { 2, 2, 2 }, .window = 3600000000000u };

	(void)state;
	assert_int_equal(recorder_watch(recorder, &limits), 0);
	denial(1, "clerk");
	denial(2, "clerk");
	denial(3, "clerk");
	recorder_tend(recorder);
	assert_string_equal(kinds(), "denial 1|denial 1|denial 1|");
	/* what has begun is told when the recorder ends, not lost */
	reopen();
	assert_string_equal(kinds(), "denial 1|denial 1|denial 1|finding 3|");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(denials_are_in_the_journal_when_the_call_returns),
		TEST(a_burst_is_a_finding_in_the_journal),
		TEST(a_loss_says_whose_it_was),
		TEST(the_self_test_is_counted_not_told),
		TEST(what_cannot_be_read_is_told),
		TEST(what_is_past_a_limit_is_told_before_it_goes),
		TEST(what_was_found_is_recorded_once),
		TEST(images_are_found_by_version),
		TEST(a_full_disk_is_counted_told_and_over_some_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
