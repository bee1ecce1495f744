// SPDX-License-Identifier: Apache-2.0
/* Dominance, transitions and rows of an image */
#include "compiled.h"

#include "base/hash64.h"

static bool over(const struct image *image, const char *row, const char *other)
{
	return decide_dominates(image->view, image_find_row(image, row), image_find_row(image, other));
}

static void a_row_dominates_what_holds_no_more(void **state)
{
	struct image *image = compiled(
		"roles:\n"
		"  small: {files: [{allow: [read], on: [/a]}]}\n"
		"  large: {files: [{allow: [read, write], on: [/a]}]}\n"
		"  other: {files: [{allow: [read], on: [/b]}]}\n"
		"  caps: {files: [{allow: [read], on: [/a]}], capabilities: [kill]}\n"
		"  net: {files: [{allow: [read], on: [/a]}], network: [{bind: {tcp: [1]}}]}\n"
		"  fam: {files: [{allow: [read], on: [/a]}], families: [unix, inet, inet6, netlink]}\n"
		"  priv: {files: [{allow: [read], on: [/a]}], privileges: [bpf]}\n"
		"  audit: {mode: audit, files: [{allow: [read], on: [/a]}]}\n"
		"  exec: {files: [{allow: [read], on: [/a]}], exec: {/bin/x: large}}\n");
	static const char *const more[] = { "large", "caps", "net", "fam", "priv", "audit", "exec" };

	(void)state;
	for (size_t i = 0; i < sizeof(more) / sizeof(*more); i++) {
		if (!over(image, more[i], "small"))
			fail_msg("%s does not dominate small", more[i]);
		if (over(image, "small", more[i]))
			fail_msg("small dominates %s", more[i]);
		assert_true(over(image, "unconfined", more[i]));
		assert_true(over(image, more[i], "none"));
		assert_true(over(image, more[i], more[i]));
	}
	assert_false(over(image, "other", "small"));
	assert_false(over(image, "small", "other"));
	assert_false(over(image, "none", "small"));
	assert_int_equal(decide_dominates(image->view, 99, 0), 0);
	image_close(image);
}

static void a_grant_on_a_protected_class_is_more_than_root_has(void **state)
{
	struct image *image = compiled(
		"classes: {c: {grade: public, protect: true, paths: [/c]}}\n"
		"roles: {in: {files: [{allow: [read], on: [c]}]}, out: {}}\n");

	(void)state;
	assert_false(over(image, "unconfined", "in"));
	assert_true(over(image, "unconfined", "out"));
	image_close(image);
}

static void row_keys_do_not_depend_on_the_policy(void **state)
{
	struct image *one = compiled("roles: {a: {}, b: {}}\nassignments: [{subject: \"user:1\", "
				     "role: b}, {subject: \"user:1\", role: a}]\n");
	struct image *two = compiled("roles: {b: {}, x: {}, a: {capabilities: [kill]}}\nassignments: "
				     "[{subject: \"user:1\", role: a}, {subject: \"user:1\", role: b}]\n");
	uint64_t key = decide_row_key(one->view, image_find_row(one, "a+b"));

	(void)state;
	assert_int_equal(key, hash64("a+b", 3));
	assert_int_equal(key, decide_row_key(two->view, image_find_row(two, "a+b")));
	assert_int_equal(binding_row(two->view, binding_find(two->view, BAILIWICK_SUBJECT_ROLE, key)),
			 image_find_row(two, "a+b"));
	image_close(one);
	image_close(two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_dominates_what_holds_no_more),
		cmocka_unit_test(a_grant_on_a_protected_class_is_more_than_root_has),
		cmocka_unit_test(row_keys_do_not_depend_on_the_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
