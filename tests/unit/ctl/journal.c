/* SPDX-License-Identifier: Apache-2.0 */
/* journal verify: a copy of a journal, whole and not */
#include "program.h"

#include "journal/journal.h"
#include "journal/segment.h"

static char directory[96];
static char head[JOURNAL_HEAD_TEXT];

static int make_journal(void **state)
{
	struct journal *journal;
	struct buffer notes = { 0 };

	if (program_setup(state) < 0)
		return -1;
	snprintf(directory, sizeof(directory), "%s/copy", here);
	if (journal_open(directory, NULL, NULL, NULL, &notes, &journal) < 0)
		return -1;
	for (int i = 0; i < 5; i++)
		journal_append(journal, &(struct journal_entry){ .time = 1, .data = "{}", .size = 2 });
	journal_head_text(journal, head);
	journal_close(journal);
	return 0;
}

static void a_whole_one(void **state)
{
	static struct run run;

	(void)state;
	RUN(&run, "journal", "verify", directory);
	assert_int_equal(run.code, 0);
	assert_contains(run.out, "5 records, 1 to 5, in 1 segment\n");
	assert_contains(run.out, head);
	assert_contains(run.out, "unless the whole chain was written anew");
	RUN(&run, "journal", "verify", "--head", head, directory);
	assert_int_equal(run.code, 0);
	assert_contains(run.out, "continues the head given");
	RUN(&run, "journal", "verify", "--json", directory);
	assert_int_equal(run.code, 0);
	assert_contains(run.out, "{\"whole\":true,");
}

static void a_changed_one(void **state)
{
	static struct run run;
	struct message *answer = NULL;
	char path[160], name[SEGMENT_NAME_MAX], *line;
	int64_t number;
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/%s", directory, segment_name(1, name));
	fd = open(path, O_RDWR);
	/* in the third record's text */
	assert_int_equal(pwrite(fd, "[", 1, 96 + 2 * 66 + 32), 1);
	RUN(&run, "journal", "verify", directory);
	assert_int_equal(run.code, 1);
	assert_contains(run.out, "00000000000000000001.bwj, byte 228: record 3 is not the one that was "
			"written there");
	assert_contains(run.out, "1 finding: this is not what was written");
	RUN(&run, "journal", "verify", "--json", directory);
	assert_int_equal(run.code, 1);
	line = strchr(run.out, '\n');
	assert_int_equal(message_parse(run.out, (size_t)(line - run.out), &answer), 0);
	assert_string_equal(message_string(answer, "finding"), "changed");
	assert_true(message_integer(answer, "record", &number));
	assert_int_equal(number, 3);
	message_free(answer);
	assert_contains(run.out, "{\"whole\":false,");
	assert_int_equal(pwrite(fd, "{", 1, 96 + 2 * 66 + 32), 1);
	close(fd);
	RUN(&run, "journal", "verify", directory);
	assert_int_equal(run.code, 0);
}

static void none_at_all(void **state)
{
	static struct run run;

	(void)state;
	RUN(&run, "journal", "verify", "/nonexistent");
	assert_int_equal(run.code, 66);
	RUN(&run, "journal", "verify", here);
	assert_int_equal(run.code, 66);
	RUN(&run, "journal", "verify", "--head", "5:abc", directory);
	assert_int_equal(run.code, 64);
	assert_contains(run.err, "is no head");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_one),
		cmocka_unit_test(a_changed_one),
		cmocka_unit_test(none_at_all),
	};

	return cmocka_run_group_tests(tests, make_journal, program_teardown);
}
