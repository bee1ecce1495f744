// SPDX-License-Identifier: Apache-2.0
/* From a path to a text that is safe to parse */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag/diag.h"
#include "parse/doc.h"

static char file[] = "/tmp/text-XXXXXX";

/* Mistakes in a text; *ret is where the first one is said to be */
static size_t check(const char *text, size_t size, char **ret)
{
	struct diag *diag = diag_new();
	struct source *source = NULL;
	size_t errors, length;
	FILE *stream;
	int r;

	assert_int_equal(source_new("f", text, size, &source), 0);
	r = doc_check_text(source, diag);
	errors = diag_errors(diag);
	assert_int_equal(r, errors != 0);
	stream = open_memstream(ret, &length);
	diag_print(diag, stream, DIAG_PLAIN);
	fclose(stream);
	source_free(source);
	diag_free(diag);
	return errors;
}

static void good_texts_pass(void **state)
{
	static const char *const texts[] = {
		"", "a\tb\r\nc\n", "\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80",
	};
	size_t i;
	char *out;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(check(texts[i], strlen(texts[i]), &out), 0);
		free(out);
	}
}

static void bad_bytes_are_placed(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		const char *expected;
	} cases[] = {
		{ "a\n\xc3\xa9\0b", 6, "f:2:2: error: NUL" },
		{ "ab\xff", 3, "f:1:3: error: byte 0xff" },
		{ "\xed\xa0\x80", 3, "f:1:1: error: byte 0xed" },
		{ "a\x1b", 2, "f:1:2: error: control character U+001B" },
		{ "\xc2\x85", 2, "f:1:1: error: control character U+0085" },
		{ "\xe2\x80\xa8", 3, "f:1:1: error: control character U+2028" },
		{ "a\xe2\x81\xa6", 4, "f:1:2: error: invisible or direction-changing character U+2066" },
		{ "a\xef\xbb\xbf", 4, "f:1:2: error: invisible or direction-changing character U+FEFF" },
	};
	size_t i;
	char *out;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(check(cases[i].text, cases[i].size, &out) >= 1);
		assert_memory_equal(out, cases[i].expected, strlen(cases[i].expected));
		free(out);
	}
}

static void a_binary_is_told_a_few_times(void **state)
{
	char zeros[1000] = { 0 }, *out;

	(void)state;
	assert_int_equal(check(zeros, sizeof(zeros), &out), 5);
	free(out);
}

static void opens_without_the_mark(void **state)
{
	struct diag *diag = diag_new();
	struct source *source = NULL;
	int fd = mkstemp(file);

	(void)state;
	assert_int_equal(write(fd, "\xef\xbb\xbfx: 1\n", 8), 8);
	assert_int_equal(doc_open(file, diag, &source), 0);
	assert_int_equal(source->size, 5);
	assert_memory_equal(source->text, "x: 1\n", 6);
	assert_string_equal(source->name, file);
	source_free(source);
	assert_int_equal(doc_open_named(file, "other", diag, &source), 0);
	assert_string_equal(source->name, "other");
	source_free(source);
	assert_int_equal(diag_errors(diag), 0);
	close(fd);
	unlink(file);
	diag_free(diag);
}

static void trouble_is_a_mistake_with_a_name(void **state)
{
	struct diag *diag = diag_new();
	struct source *source = NULL;

	(void)state;
	assert_int_equal(doc_open("/nonexistent/x", diag, &source), 1);
	assert_int_equal(doc_open("/tmp", diag, &source), 1);
	assert_int_equal(doc_open("/dev/zero", diag, &source), 1);
	assert_int_equal(diag_errors(diag), 3);
	assert_null(source);
	diag_free(diag);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_texts_pass),
		cmocka_unit_test(bad_bytes_are_placed),
		cmocka_unit_test(a_binary_is_told_a_few_times),
		cmocka_unit_test(opens_without_the_mark),
		cmocka_unit_test(trouble_is_a_mistake_with_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
