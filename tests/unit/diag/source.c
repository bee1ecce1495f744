// SPDX-License-Identifier: Apache-2.0
/* Places in a text */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "diag/source.h"

static struct source *make(const char *text)
{
	struct source *source = NULL;

	assert_int_equal(source_new("name", text, strlen(text), &source), 0);
	return source;
}

static void check_line(const struct source *source, uint32_t line, const char *expected)
{
	size_t size;
	const char *text = source_line(source, line, &size);

	assert_int_equal(size, strlen(expected));
	assert_memory_equal(text, expected, size);
}

static void lines_end_in_three_ways(void **state)
{
	struct source *source = make("a\nbc\r\n\rd\n");

	(void)state;
	assert_int_equal(source->line_count, 5);
	check_line(source, 1, "a");
	check_line(source, 2, "bc");
	check_line(source, 3, "");
	check_line(source, 4, "d");
	check_line(source, 5, "");
	check_line(source, 0, "");
	check_line(source, 6, "");
	source_free(source);
}

static void check_place(struct source *source, size_t offset, size_t bytes, uint32_t line,
			uint32_t column, uint32_t length)
{
	struct location at = source_place(source, offset, bytes);

	assert_ptr_equal(at.source, source);
	assert_int_equal(at.line, line);
	assert_int_equal(at.column, column);
	assert_int_equal(at.length, length);
}

static void places_count_characters(void **state)
{
	struct source *source = make("\xc3\xa9\xc3\xa9x\nab\n");

	(void)state;
	check_place(source, 0, 1, 1, 1, 1);
	check_place(source, 4, 1, 1, 3, 1);
	check_place(source, 2, 3, 1, 2, 2);
	check_place(source, 6, 2, 2, 1, 2);
	/* cut at the line's end, but never nothing */
	check_place(source, 7, 100, 2, 2, 1);
	check_place(source, 8, 1, 2, 3, 1);
	check_place(source, 9, 1, 3, 1, 1);
	check_place(source, 1000, 1, 3, 1, 1);
	source_free(source);
}

static void empty_has_one_line(void **state)
{
	struct source *source = make("");

	(void)state;
	assert_int_equal(source->line_count, 1);
	check_place(source, 0, 0, 1, 1, 1);
	assert_null(source_free(source));
	assert_null(source_free(NULL));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_end_in_three_ways),
		cmocka_unit_test(places_count_characters),
		cmocka_unit_test(empty_has_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
