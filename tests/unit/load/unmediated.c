/* SPDX-License-Identifier: Apache-2.0 */
/* What status says is not mediated, and docs/NOT-MEDIATED.md, are one list */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "load/unmediated.h"

#define DOCUMENT "docs/NOT-MEDIATED.md"

static char *line;
static size_t room;

/* The next line that is not empty, without its end; NULL behind the last */
static const char *next(FILE *file)
{
	while (getline(&line, &room, file) >= 0) {
		line[strcspn(line, "\n")] = 0;
		if (*line)
			return line;
	}
	return NULL;
}

/* Heading by heading, in order, the sentence below each the same */
static void the_document_has_the_same_list(void **state)
{
	FILE *file = fopen(DOCUMENT, "re");
	size_t seen = 0;

	(void)state;
	assert_non_null(file);
	while (next(file)) {
		if (strncmp(line, "### ", 4))
			continue;
		assert_true(seen < unmediated_count);
		assert_string_equal(line + 4, unmediated[seen].name);
		assert_non_null(next(file));
		assert_string_equal(line, unmediated[seen].effect);
		seen++;
	}
	assert_int_equal(seen, unmediated_count);
	fclose(file);
	free(line);
}

static void every_entry_fits_a_line_of_status(void **state)
{
	(void)state;
	for (size_t i = 0; i < unmediated_count; i++) {
		const char *effect = unmediated[i].effect;

		assert_true(strlen(unmediated[i].name) <= 20);
		assert_true(strlen(effect) <= 90);
		assert_int_equal(effect[strlen(effect) - 1], '.');
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(unmediated[i].name, unmediated[j].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_document_has_the_same_list),
		cmocka_unit_test(every_entry_fits_a_line_of_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
