/* SPDX-License-Identifier: Apache-2.0 */
/* Text for people: escaped, coloured only where it is wanted */
#include "program.h"

#include "ctl/output.h"

static void sizes_are_readable(void **state)
{
	struct buffer out = { 0 };

	(void)state;
	buffer_add_size(&out, 0);
	buffer_append_byte(&out, ' ');
	buffer_add_size(&out, 1023);
	buffer_append_byte(&out, ' ');
	buffer_add_size(&out, 1536);
	buffer_append_byte(&out, ' ');
	buffer_add_size(&out, 8ull << 20);
	buffer_append_byte(&out, ' ');
	buffer_add_size(&out, UINT64_MAX);
	assert_string_equal(out.data, "0 bytes 1023 bytes 1.5 KiB 8.0 MiB 16777216.0 TiB");
	buffer_done(&out);
}

static void strangers_text_is_escaped(void **state)
{
	struct buffer out = { 0 };

	(void)state;
	buffer_add_shown(&out, "a\033[31m\nb");
	buffer_add_shown(&out, NULL);
	assert_null(memchr(out.data, '\033', out.size));
	assert_null(memchr(out.data, '\n', out.size));
	assert_int_equal(out.data[out.size - 1], '-');
	buffer_done(&out);
}

static void files_get_no_colours(void **state)
{
	FILE *file = tmpfile();

	(void)state;
	assert_non_null(file);
	assert_string_equal(style_for(file)->bad, "");
	assert_string_equal(style_for(file)->off, "");
	fclose(file);
}

static void terminals_get_colours_unless_refused(void **state)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY);
	FILE *terminal;

	(void)state;
	/* a machine without /dev/ptmx has no terminal to try it on */
	if (fd < 0)
		skip();
	terminal = fdopen(fd, "w");
	assert_non_null(terminal);
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	assert_string_not_equal(style_for(terminal)->bad, "");
	setenv("NO_COLOR", "", 1);
	assert_string_not_equal(style_for(terminal)->bad, "");
	setenv("NO_COLOR", "1", 1);
	assert_string_equal(style_for(terminal)->bad, "");
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	assert_string_equal(style_for(terminal)->bad, "");
	fclose(terminal);
}

static void a_full_disk_is_noticed(void **state)
{
	int full = open("/dev/full", O_WRONLY), status;
	const char *words[] = { "bailiwick", "help", NULL };
	pid_t pid;

	(void)state;
	assert_true(full >= 0);
	pid = start_program(words, full, STDERR_FILENO);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 74);
	close(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_readable),
		cmocka_unit_test(strangers_text_is_escaped),
		cmocka_unit_test(files_get_no_colours),
		cmocka_unit_test(terminals_get_colours_unless_refused),
		cmocka_unit_test(a_full_disk_is_noticed),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
