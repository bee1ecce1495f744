// SPDX-License-Identifier: Apache-2.0
/* The lowered form as JSON */
#include "../compile/compiled.h"

#include <jansson.h>

#include "image/dump.h"

static void is_json_with_everything_in_it(void **state)
{
	struct image *image = compiled(
		"classes: {c: {grade: public, protect: true, paths: [\"/c\\\"/**\"]}}\n"
		"roles:\n"
		"  r:\n"
		"    files: [{allow: [read], on: [c]}, {deny: [list], on: [/x], message: \"a\\\\b\"}]\n"
		"    network: [{connect: [{to: [10.0.0.0/8], tcp: [5-6]}]}]\n"
		"    exec: {/bin/s: s}\n"
		"  s: {}\n"
		"assignments: [{subject: \"user:alice\", role: r, until: 2030-01-01T00:00:00Z}]\n");
	struct buffer out = { 0 };
	json_t *root, *role, *item;
	size_t i;
	bool found = false;

	(void)state;
	assert_int_equal(dump_json(image, &out), 0);
	assert_null(strchr(out.data, '\n'));
	root = json_loads(out.data, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	assert_int_equal(json_integer_value(json_object_get(root, "version")), 1);
	assert_int_equal(json_array_size(json_object_get(root, "rows")), 5);
	role = json_array_get(json_object_get(root, "roles"), 0);
	assert_string_equal(json_string_value(json_object_get(role, "name")), "r");
	item = json_array_get(json_object_get(role, "files"), 1);
	assert_string_equal(json_string_value(json_object_get(item, "message")), "a\\b");
	assert_int_equal(json_array_size(json_object_get(item, "deny")), 1);
	item = json_array_get(json_object_get(role, "network"), 0);
	assert_string_equal(json_string_value(json_array_get(json_object_get(item, "to"), 0)),
			    "10.0.0.0/8");
	json_array_foreach(json_object_get(root, "labels"), i, item) {
		if (strcmp(json_string_value(json_object_get(item, "example")), "/c\"/**") != 0)
			continue;
		found = true;
		assert_true(json_is_true(json_object_get(item, "protected")));
		assert_non_null(json_object_get(json_object_get(item, "rows"), "r"));
		assert_null(json_object_get(json_object_get(item, "rows"), "s"));
	}
	assert_true(found);
	item = json_array_get(json_object_get(root, "subjects"), 0);
	assert_string_equal(json_string_value(json_object_get(item, "until")),
			    "2030-01-01T00:00:00Z");
	json_decref(root);
	buffer_done(&out);
	image_close(image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_json_with_everything_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
