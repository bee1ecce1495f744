// SPDX-License-Identifier: Apache-2.0
/* Tests of sink/file.c: lines, rotation, and a file that is not what it was */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/readfile.h"
#include "sink/sink.h"

static char directory[64];
static struct sink_options options;
static void *file;
static struct buffer why;

static int set_up(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/sinkfile-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	memset(&options, 0, sizeof(options));
	options.format = SINK_FORMAT_TEXT;
	options.keep = 2;
	snprintf(options.file, sizeof(options.file), "%s/events", directory);
	return sink_file.prepare(&options, &file, &why);
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	sink_file.free(file);
	buffer_done(&why);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

static int send(const char *text)
{
	struct sink_record record = { .json = "{}", .json_size = 2, .text = text,
				      .text_size = strlen(text) };

	return sink_file.send(file, &record, &why);
}

static const char *contents(const char *suffix)
{
	static char text[4096], path[256];
	char *data;
	size_t size;

	snprintf(path, sizeof(path), "%s/events%s", directory, suffix);
	if (readfile(path, sizeof(text) - 1, &data, &size) != READFILE_FINE)
		return NULL;
	memcpy(text, data, size + 1);
	free(data);
	return text;
}

static void a_line_each(void **state)
{
	(void)state;
	assert_int_equal(sink_file.open(file, &why), 0);
	assert_int_equal(send("one"), 0);
	assert_int_equal(send("two"), 0);
	assert_int_equal(sink_file.flush(file, &why), 0);
	assert_string_equal(contents(""), "one\ntwo\n");
	sink_file.close(file);
	assert_int_equal(sink_file.open(file, &why), 0);
	assert_int_equal(send("three"), 0);
	sink_file.close(file);		/* not flushed: not delivered */
	assert_string_equal(contents(""), "one\ntwo\n");
}

static void it_is_rotated_at_its_size(void **state)
{
	(void)state;
	options.max_size = 8;
	assert_int_equal(sink_file.open(file, &why), 0);
	for (int i = 0; i < 7; i++)
		assert_int_equal(send(i % 2 ? "odd" : "even"), 0);
	assert_int_equal(sink_file.flush(file, &why), 0);
	assert_string_equal(contents(""), "even\n");
	assert_string_equal(contents(".1"), "even\nodd\n");
	assert_string_equal(contents(".2"), "even\nodd\n");
	assert_null(contents(".3"));
}

static void a_file_that_was_renamed_is_made_anew(void **state)
{
	char to[128];

	(void)state;
	assert_int_equal(sink_file.open(file, &why), 0);
	send("one");
	sink_file.flush(file, &why);
	snprintf(to, sizeof(to), "%s/events.old", directory);
	assert_int_equal(rename(options.file, to), 0);
	assert_int_equal(send("two"), 0);
	assert_int_equal(sink_file.flush(file, &why), 0);
	assert_string_equal(contents(".old"), "one\n");
	assert_string_equal(contents(""), "two\n");
}

static void half_a_line_is_ended(void **state)
{
	FILE *f = fopen(options.file, "w");

	(void)state;
	fputs("cut in ha", f);
	fclose(f);
	assert_int_equal(sink_file.open(file, &why), 0);
	send("whole");
	sink_file.flush(file, &why);
	assert_string_equal(contents(""), "cut in ha\nwhole\n");
}

static void what_is_no_file_is_refused(void **state)
{
	char target[128];

	(void)state;
	snprintf(target, sizeof(target), "%s/target", directory);
	assert_int_equal(symlink(target, options.file), 0);
	assert_int_equal(sink_file.open(file, &why), -ELOOP);
	assert_int_equal(access(target, F_OK), -1);
	unlink(options.file);
	assert_int_equal(mkfifo(options.file, 0600), 0);
	assert_int_equal(sink_file.open(file, &why), -EINVAL);
	assert_non_null(strstr(why.data, "no regular file"));
	unlink(options.file);
	assert_int_equal(mkdir(options.file, 0700), 0);
	assert_int_equal(sink_file.open(file, &why), -EISDIR);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_line_each),
		TEST(it_is_rotated_at_its_size),
		TEST(a_file_that_was_renamed_is_made_anew),
		TEST(half_a_line_is_ended),
		TEST(what_is_no_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
