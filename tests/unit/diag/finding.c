// SPDX-License-Identifier: Apache-2.0
/* Showing one message */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag/diag.h"

/* What is printed for one mistake about @bytes bytes at @offset of a text */
static char *show(const char *name, const char *text, size_t offset, size_t bytes,
		  const char *message, enum diag_form form)
{
	struct diag *diag = diag_new();
	struct source *source = NULL;
	struct location at;
	char *out = NULL;
	size_t size;
	FILE *stream = open_memstream(&out, &size);

	assert_int_equal(source_new(name, text, strlen(text), &source), 0);
	at = source_place(source, offset, bytes);
	diag_error(diag, &at, "%s", message);
	diag_note(diag, NULL, "hint");
	diag_print(diag, stream, form);
	fclose(stream);
	source_free(source);
	diag_free(diag);
	return out;
}

static void check(const char *text, size_t offset, size_t bytes, const char *expected)
{
	char *out = show("f", text, offset, bytes, "m", DIAG_PLAIN);

	assert_string_equal(out, expected);
	free(out);
}

static void the_caret_is_right(void **state)
{
	(void)state;
	check("\tx y", 3, 1, "f:1:4: error: m\n    1 |         x y\n      |           ^\n      = hint\n");
	check("\xe6\x97\xa5=\xe6\x97\xa5", 4, 3,
	      "f:1:3: error: m\n    1 | \xe6\x97\xa5=\xe6\x97\xa5\n      |    ^~\n      = hint\n");
	check("\033[31mx", 5, 1,
	      "f:1:6: error: m\n    1 | <U+001B>[31mx\n      |             ^\n      = hint\n");
	check("\xffx", 0, 1, "f:1:1: error: m\n    1 | <FF>x\n      | ^~~~\n      = hint\n");
	check("", 0, 1, "f:1:1: error: m\n    1 | \n      | ^\n      = hint\n");
}

static void long_lines_are_cut(void **state)
{
	char line[1001], *out, *first, *second;
	size_t i;

	(void)state;
	for (i = 0; i < 1000; i++)
		line[i] = (char)('a' + i % 26);
	line[1000] = '\0';
	out = show("f", line, 500, 2, "m", DIAG_PLAIN);
	first = strstr(out, "| ...");
	assert_non_null(first);
	second = strchr(first, '\n');
	assert_memory_equal(second - 3, "...", 3);
	assert_true(second - first < 140);
	/* the caret stands under byte 500 */
	assert_memory_equal(first + (strchr(second, '^') - strchr(second, '|')), line + 500, 2);
	free(out);
}

static void texts_are_harmless(void **state)
{
	char *out = show("f\n\033]0;x\a", "x", 0, 1, "evil\033[2J\nforged: line", DIAG_PLAIN);

	(void)state;
	assert_null(strchr(out, '\033'));
	assert_non_null(strstr(out, "f<U+000A><U+001B>]0;x<U+0007>:1:1: error: "
			       "evil<U+001B>[2J<U+000A>forged: line\n"));
	free(out);
}

static void colour_is_taken_back(void **state)
{
	char *out = show("f", "x", 0, 1, "m", DIAG_COLOUR), *line, *end;

	(void)state;
	assert_non_null(strstr(out, "\033[1;31merror\033[0m: m"));
	for (line = out; (end = strchr(line, '\n')); line = end + 1) {
		char *last = NULL, *found = line;

		while ((found = strstr(found, "\033[")) && found < end)
			last = found++;
		if (last)
			assert_memory_equal(last, "\033[0m", 4);
	}
	free(out);
}

static void json_is_one_object_per_line(void **state)
{
	char *out = show("a\"b", "x \"y\"\n", 2, 3, "m\n", DIAG_JSON);

	(void)state;
	assert_string_equal(out,
		"{\"kind\":\"error\",\"file\":\"a\\\"b\",\"line\":1,\"column\":3,\"length\":3,"
		"\"source\":\"x \\\"y\\\"\",\"message\":\"m\\n\","
		"\"notes\":[{\"kind\":\"note\",\"message\":\"hint\"}]}\n");
	free(out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_caret_is_right),
		cmocka_unit_test(long_lines_are_cut),
		cmocka_unit_test(texts_are_harmless),
		cmocka_unit_test(colour_is_taken_back),
		cmocka_unit_test(json_is_one_object_per_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
