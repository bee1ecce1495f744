// SPDX-License-Identifier: Apache-2.0
/* The lowered form as text */
#include "../compile/compiled.h"

#include "image/dump.h"

static char *dumped(const char *yaml)
{
	struct image *image = compiled(yaml);
	struct buffer out = { 0 };

	assert_int_equal(dump_text(image, &out), 0);
	image_close(image);
	return buffer_take(&out, NULL);
}

static void says_what_a_policy_says(void **state)
{
	char *text = dumped(
		"classes: {c: {grade: restricted, protect: true, paths: [/c/**]}}\n"
		"roles:\n"
		"  r:\n"
		"    files: [{allow: [read], on: [c]}, {deny: [list], on: [/x], severity: special}]\n"
		"    network: [{connect: [{to: [10.0.0.0/8], tcp: [1, 5-6]}]}]\n"
		"    capabilities: [kill]\n"
		"    exec: {/bin/s: s}\n"
		"  s: {mode: audit, descriptors: trust}\n"
		"assignments: [{subject: \"user:alice\", role: r, until: 2030-01-01T00:00:00Z}]\n");

	(void)state;
	assert_non_null(strstr(text, "\nrow r\n  mode: enforce\n  families: unix inet inet6\n"
			       "  capabilities: kill\n"));
	assert_non_null(strstr(text, "\nrow s\n  mode: audit\n"));
	assert_non_null(strstr(text, "  descriptors: trust\n"));
	assert_non_null(strstr(text, "\nlabel /c/**\n  class: c (restricted)\n  protected\n"
			       "  unconfined: (serious)\n"));
	assert_non_null(strstr(text, "  r: read lock stat (serious)\n"));
	assert_non_null(strstr(text, "\nlabel /x\n  unconfined: all\n  r: (special)\n"));
	assert_non_null(strstr(text, " -> s\n"));
	assert_non_null(strstr(text, "  deny list on /x\n"));
	assert_non_null(strstr(text, "connect send receive 10.0.0.0/8 tcp/1 tcp/5-6\n"));
	assert_non_null(strstr(text, "subject user:alice r row r until 2030-01-01T00:00:00Z\n"));
	free(text);
}

/* Order within a list changes nothing but the lines that quote it. */
static void equal_meaning_gives_equal_labels(void **state)
{
	char *one = dumped("roles: {r: {files: [{allow: [read, list], on: [/a, /b]}]}}\n");
	char *two = dumped("roles: {r: {files: [{allow: [list], on: [/a, /b]}, "
			   "{allow: [read], on: [/a, /b]}]}}\n");
	char *end_one = strstr(one, "\nrole r"), *end_two = strstr(two, "\nrole r");
	char *rows_one = strstr(one, "\nrow "), *rows_two = strstr(two, "\nrow ");

	(void)state;
	*end_one = *end_two = 0;
	assert_string_equal(rows_one, rows_two);
	free(one);
	free(two);
}

static void bytes_of_strangers_are_escaped(void **state)
{
	char *text = dumped("roles: {r: {files: [{allow: [read], on: [\"/a\\eb\"]}]}}\n");

	(void)state;
	assert_null(strchr(text, '\x1b'));
	assert_non_null(strstr(text, "\nlabel /a\\x"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_a_policy_says),
		cmocka_unit_test(equal_meaning_gives_equal_labels),
		cmocka_unit_test(bytes_of_strangers_are_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
