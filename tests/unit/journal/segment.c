// SPDX-License-Identifier: Apache-2.0
/* Tests of journal/segment.h: names, and records that are none */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "journal/segment.h"

static int directory;
static char path[64];

static int set_up(void **state)
{
	(void)state;
	strcpy(path, "/tmp/segment-XXXXXX");
	if (!mkdtemp(path))
		return -1;
	directory = open(path, O_RDONLY | O_DIRECTORY);
	return directory < 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	close(directory);
	snprintf(command, sizeof(command), "rm -rf %s", path);
	return system(command);
}

static void touch(const char *name)
{
	int fd = openat(directory, name, O_CREAT | O_WRONLY, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static void only_segments_are_listed_in_order(void **state)
{
	struct segment_list list;

	(void)state;
	touch("00000000000000000007.bwj");
	touch("00000000000000000001.bwj");
	touch("00000000000000000100.bwj");
	touch("0000000000000000008.bwj");		/* a digit is missing */
	touch("00000000000000000009.bwj.torn-96");
	touch("99999999999999999999.bwj");		/* more than 64 bits */
	touch("lock");
	assert_int_equal(segment_list_read(directory, &list), 0);
	assert_int_equal(list.count, 3);
	assert_int_equal(list.first[0], 1);
	assert_int_equal(list.first[1], 7);
	assert_int_equal(list.first[2], 100);
	segment_list_done(&list);
}

static int open_with(const void *bytes, size_t size, struct segment_cursor *ret)
{
	char name[SEGMENT_NAME_MAX];
	int fd = openat(directory, segment_name(1, name), O_CREAT | O_TRUNC | O_WRONLY, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), (ssize_t)size);
	close(fd);
	return segment_open(directory, 1, O_RDONLY, ret);
}

static void a_header_must_be_ours(void **state)
{
	struct journal_segment_header header = {
		.magic = JOURNAL_MAGIC, .header_size = sizeof(header), .first_sequence = 1,
	};
	struct segment_cursor cursor;
	struct segment_record record;

	(void)state;
	assert_int_equal(open_with(&header, sizeof(header), &cursor), 0);
	assert_int_equal(segment_next(&cursor, &record), SEGMENT_END);
	segment_close(&cursor);
	assert_int_equal(open_with(&header, sizeof(header) - 1, &cursor), -EBADMSG);
	header.first_sequence = 2;
	assert_int_equal(open_with(&header, sizeof(header), &cursor), -EBADMSG);
	header.first_sequence = 1;
	header.flags = 1;
	assert_int_equal(open_with(&header, sizeof(header), &cursor), -EBADMSG);
	header.flags = 0;
	header.header_size++;
	assert_int_equal(open_with(&header, sizeof(header), &cursor), -EBADMSG);
	assert_int_equal(open_with("", 0, &cursor), -EBADMSG);
	assert_int_equal(segment_open(directory, 2, O_RDONLY, &cursor), -ENOENT);
}

/* What stands behind the header, and what is said about it */
static int answer(const void *bytes, size_t size)
{
	struct {
		struct journal_segment_header header;
		char rest[4096];
	} file = { .header = { .magic = JOURNAL_MAGIC, .header_size = sizeof(file.header),
			       .first_sequence = 1 } };
	struct segment_cursor cursor;
	struct segment_record record;
	int r;

	memcpy(file.rest, bytes, size);
	assert_int_equal(open_with(&file, sizeof(file.header) + size, &cursor), 0);
	r = segment_next(&cursor, &record);
	assert_int_equal(cursor.offset, sizeof(file.header));
	segment_close(&cursor);
	return r;
}

static void what_is_no_record_is_told_apart(void **state)
{
	struct journal_record_header record = { .size = JOURNAL_RECORD_MIN, .sequence = 1 };
	char bytes[256] = { 0 };

	(void)state;
	assert_int_equal(answer(bytes, 5), SEGMENT_TORN);
	assert_int_equal(answer(bytes, 200), SEGMENT_TORN);		/* zeros to the end */
	memcpy(bytes, &record, sizeof(record));
	assert_int_equal(answer(bytes, sizeof(record) + 3), SEGMENT_TORN);
	assert_int_equal(answer(bytes, JOURNAL_RECORD_MIN), SEGMENT_TORN);	/* its hash is zero */
	bytes[sizeof(record) + 1] = 1;
	assert_int_equal(answer(bytes, JOURNAL_RECORD_MIN), SEGMENT_DAMAGED);
	record.size = 3;
	memcpy(bytes, &record, sizeof(record));
	assert_int_equal(answer(bytes, 200), SEGMENT_DAMAGED);
	record.size = UINT32_MAX;
	memcpy(bytes, &record, sizeof(record));
	assert_int_equal(answer(bytes, 200), SEGMENT_DAMAGED);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(only_segments_are_listed_in_order),
		TEST(a_header_must_be_ours),
		TEST(what_is_no_record_is_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
