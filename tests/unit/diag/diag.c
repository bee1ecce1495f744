// SPDX-License-Identifier: Apache-2.0
/* Collecting messages */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag/diag.h"

static struct source *make(const char *name, const char *text)
{
	struct source *source = NULL;

	assert_int_equal(source_new(name, text, strlen(text), &source), 0);
	return source;
}

static char *print(const struct diag *diag, enum diag_form form)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	diag_print(diag, stream, form);
	fclose(stream);
	return text;
}

static void counts_and_answers(void **state)
{
	struct diag *diag = diag_new();
	struct location nowhere = { 0 };

	(void)state;
	assert_int_equal(diag_errors(diag), 0);
	assert_int_equal(diag_error(diag, &nowhere, "one"), 1);
	assert_int_equal(diag_warning(diag, NULL, "two"), 0);
	assert_true(diag_keeps(diag));
	assert_int_equal(diag_errors(diag), 1);
	assert_int_equal(diag_warnings(diag), 1);
	assert_null(diag_free(diag));
	assert_null(diag_free(NULL));
}

static void sorted_and_outliving_the_source(void **state)
{
	struct source *a = make("a", "first\nsecond\n"), *b = make("b", "other\n");
	struct location at_b = source_place(b, 0, 5), at_2 = source_place(a, 6, 6);
	struct location at_1 = source_place(a, 0, 5);
	struct diag *diag = diag_new();
	char *text;

	(void)state;
	diag_error(diag, &at_2, "line %d", 2);
	diag_note(diag, &at_b, "see");
	diag_error(diag, &at_b, "b");
	diag_warning(diag, &at_1, "line 1");
	diag_note(diag, NULL, "hint");
	source_free(a);
	source_free(b);
	text = print(diag, DIAG_PLAIN);
	assert_string_equal(text,
		"a:1:1: warning: line 1\n"
		"    1 | first\n"
		"      | ^~~~~\n"
		"      = hint\n"
		"a:2:1: error: line 2\n"
		"    2 | second\n"
		"      | ^~~~~~\n"
		"b:1:1: note: see\n"
		"    1 | other\n"
		"      | ^~~~~\n"
		"b:1:1: error: b\n"
		"    1 | other\n"
		"      | ^~~~~\n");
	free(text);
	diag_free(diag);
}

static void a_cap_that_counts(void **state)
{
	struct diag *diag = diag_new();
	char *text;
	int i;

	(void)state;
	for (i = 0; i < DIAG_MAX + 7; i++)
		diag_error(diag, NULL, "n");
	assert_false(diag_keeps(diag));
	diag_note(diag, NULL, "belongs to nothing that is kept");
	assert_int_equal(diag_errors(diag), DIAG_MAX + 7);
	text = print(diag, DIAG_PLAIN);
	assert_non_null(strstr(text, "error: n\n7 more\n"));
	assert_null(strstr(text, "belongs"));
	free(text);
	text = print(diag, DIAG_JSON);
	assert_non_null(strstr(text, "\n{\"kind\":\"more\",\"count\":7}\n"));
	free(text);
	diag_free(diag);
}

static void colour_is_for_terminals(void **state)
{
	FILE *file = tmpfile(), *terminal = fopen("/dev/ptmx", "r+");

	(void)state;
	unsetenv("NO_COLOR");
	setenv("TERM", "xterm", 1);
	assert_int_equal(diag_form_for(file), DIAG_PLAIN);
	if (terminal) {
		assert_int_equal(diag_form_for(terminal), DIAG_COLOUR);
		setenv("NO_COLOR", "1", 1);
		assert_int_equal(diag_form_for(terminal), DIAG_PLAIN);
		setenv("NO_COLOR", "", 1);
		assert_int_equal(diag_form_for(terminal), DIAG_COLOUR);
		setenv("TERM", "dumb", 1);
		assert_int_equal(diag_form_for(terminal), DIAG_PLAIN);
		fclose(terminal);
	}
	fclose(file);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_and_answers),
		cmocka_unit_test(sorted_and_outliving_the_source),
		cmocka_unit_test(a_cap_that_counts),
		cmocka_unit_test(colour_is_for_terminals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
