// SPDX-License-Identifier: Apache-2.0
/* Labels: how few there are, and what each says */
#include "compiled.h"

static uint32_t label(const struct image *image, const char *path)
{
	return question_label(image, path, strlen(path));
}

static void equal_answers_share_a_label(void **state)
{
	struct image *image = compiled(
		"classes: {c: {grade: public, paths: [/x/c]}}\n"
		"roles:\n"
		"  a: {files: [{allow: [read], on: [/x/**, /y/**]}, {allow: [stat], on: [/y/z]}]}\n"
		"  b: {files: [{deny: [read], on: [/nothing/**]}]}\n");

	(void)state;
	assert_int_equal(label(image, "/x/1"), label(image, "/y/2"));
	/* `stat` comes with read: nothing new is said. */
	assert_int_equal(label(image, "/y/z"), label(image, "/y"));
	/* A class is told apart even where nobody's rights differ. */
	assert_int_not_equal(label(image, "/x/c"), label(image, "/x/1"));
	/* Denying what nobody allows is the answer of no pattern at all. */
	assert_int_equal(label(image, "/nothing/x"), BAILIWICK_LABEL_UNMATCHED);
	assert_int_equal(label(image, "/"), BAILIWICK_LABEL_UNMATCHED);
	image_close(image);
}

static void thousands_of_rules_make_few_labels(void **state)
{
	struct buffer yaml = { 0 };
	struct image *image;

	(void)state;
	buffer_append_text(&yaml, "roles:\n");
	for (int role = 0; role < 10; role++) {
		buffer_printf(&yaml, "  r%d:\n    files:\n", role);
		for (int i = 0; i < 300; i++)
			buffer_printf(&yaml, "      - {allow: [read], on: [/srv/%d/%d/**]}\n", role, i);
	}
	image = compiled(yaml.data);
	/* One per role beside those every image has: null device and canary. */
	assert_int_equal(image->header->labels, BAILIWICK_LABEL_FIRST + 10 + 3);
	image_close(image);
	buffer_done(&yaml);
}

static void severity_is_the_deny_rules_or_the_classes(void **state)
{
	struct image *image = compiled(
		"classes: {c: {grade: public, protect: true, paths: [/c/**]}}\n"
		"roles:\n"
		"  a:\n    files:\n"
		"      - {allow: [read], on: [/x/**, c]}\n"
		"      - {deny: [write], on: [/x/s/**], severity: serious}\n"
		"      - {deny: [list], on: [/x/s/t/**], severity: special}\n"
		"      - {deny: [list], on: [/c/o/**], severity: ordinary}\n");
	uint32_t row = image_find_row(image, "a");
	static const struct {
		const char *path;
		uint32_t severity;
	} list[] = {
		{ "/x/y", BAILIWICK_SEVERITY_ORDINARY }, { "/x/s", BAILIWICK_SEVERITY_SERIOUS },
		{ "/x/s/t", BAILIWICK_SEVERITY_SPECIAL }, { "/c", BAILIWICK_SEVERITY_SERIOUS },
		{ "/c/o", BAILIWICK_SEVERITY_ORDINARY }, { "/z", BAILIWICK_SEVERITY_ORDINARY },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++)
		assert_int_equal(decide_severity(decide_cell(image->view, row,
				 label(image, list[i].path))), list[i].severity);
	image_close(image);
}

static void the_example_is_the_most_telling_pattern(void **state)
{
	struct image *image = compiled(
		"roles: {a: {files: [{allow: [read], on: [/x/**]}, {allow: [write], on: [/x/long/**]}]}}\n");

	(void)state;
	assert_string_equal(image_string(image, image_label(image, label(image, "/x/long/y"))->example),
			    "/x/long/**");
	image_close(image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_answers_share_a_label),
		cmocka_unit_test(thousands_of_rules_make_few_labels),
		cmocka_unit_test(severity_is_the_deny_rules_or_the_classes),
		cmocka_unit_test(the_example_is_the_most_telling_pattern),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
