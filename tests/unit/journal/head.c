// SPDX-License-Identifier: Apache-2.0
/* Tests of journal/head.h: the file, and its text for people */
#include "journal/head.h"
#include "tests/unit/journal/scene.h"

static void what_is_written_is_read(void **state)
{
	struct journal_head head = { .next = 77, .id = { 1, 2 }, .hash = { 3, 4 } }, again;
	int fd, dir = open(directory, O_RDONLY | O_DIRECTORY);

	(void)state;
	assert_int_equal(head_read(dir, &again), -ENOENT);
	fd = head_open(dir);
	assert_true(fd >= 0);
	assert_int_equal(head_read(dir, &again), -ENOENT);	/* made, not written */
	assert_int_equal(head_write(fd, &head), 0);
	assert_int_equal(head_read(dir, &again), 0);
	assert_memory_equal(&head, &again, sizeof(head));
	for (int at = 0; at < 96; at++) {
		flip_in(head_path(), at, at % 8);
		assert_int_equal(head_read(dir, &again), -EBADMSG);
		flip_in(head_path(), at, at % 8);
	}
	assert_int_equal(truncate(head_path(), 95), 0);
	assert_int_equal(head_read(dir, &again), -EBADMSG);
	close(fd);
	close(dir);
}

static void the_text_goes_both_ways(void **state)
{
	static const char *const bad[] = {
		"", ":", "1", "1:", "x:00", "-1:00", "1:zz",
		"99999999999999999999:0000000000000000000000000000000000000000000000000000000000000000",
		"1:000000000000000000000000000000000000000000000000000000000000000",
		"1:00000000000000000000000000000000000000000000000000000000000000000",
		"1:g000000000000000000000000000000000000000000000000000000000000000",
	};
	uint8_t hash[SHA256_SIZE] = { 0xab, 0xcd, 1 }, again[SHA256_SIZE];
	char text[JOURNAL_HEAD_TEXT];
	uint64_t last;

	(void)state;
	assert_string_equal(head_format(1043, hash, text), "1042:abcd01000000000000000000000000000000"
			    "0000000000000000000000000000");
	assert_int_equal(head_parse(text, &last, again), 0);
	assert_int_equal(last, 1042);
	assert_memory_equal(hash, again, SHA256_SIZE);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(head_parse(bad[i], &last, again), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_written_is_read),
		TEST(the_text_goes_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
