// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/inforce.h: what needs no kernel; the switch itself runs in the test machine */
#include "daemon/inforce.h"
#include "tests/unit/compile/compiled.h"

static struct image *compile_as(const char *policy, uint64_t version)
{
	struct compile_options options = { .version = version };

	return compiled_with(policy, &options, NULL, 0);
}

static void same_but_for_version_and_time(void **state)
{
	struct image *a = compile_as("roles:\n  clerk: {capabilities: [chown]}\n", 1), *b = NULL;
	struct bailiwick_image_header *header;

	(void)state;
	assert_int_equal(image_open_bytes(a->bytes, a->header->image_size, &b, NULL), 0);
	assert_true(inforce_same(a, b));
	header = (struct bailiwick_image_header *)b->bytes;
	header->created++;
	header->version++;
	header->digest[0]++;
	assert_true(inforce_same(a, b));
	b->bytes[header->section[BAILIWICK_SECTION_ROW].offset] ^= 1;
	assert_false(inforce_same(a, b));
	b->bytes[header->section[BAILIWICK_SECTION_ROW].offset] ^= 1;
	header->default_user_row++;
	assert_false(inforce_same(a, b));
	image_close(a);
	image_close(b);
}

static void a_subject_that_was_bound_before_changes_nothing(void **state)
{
	static const char policy[] = "roles:\n  clerk: {}\nassignments:\n"
				     "  - {subject: \"user:alice\", role: clerk}\n";
	const char *held = "user:alice", *other = "user:bob";
	struct compile_options options = { .version = 1 };
	struct image *before = compiled_with(policy, &options, NULL, 0), *after;

	(void)state;
	options.revoked = &held;
	options.revoked_count = 1;
	after = compiled_with(policy, &options, NULL, 0);
	assert_true(inforce_same(before, after));
	image_close(after);
	options.revoked = &other;
	after = compiled_with(policy, &options, NULL, 0);
	assert_false(inforce_same(before, after));
	image_close(after);
	image_close(before);
}

static void stored_bytes_are_the_image(void **state)
{
	struct image *image = compile_as("roles:\n  clerk: {}\n", 7), *again = NULL;
	struct image *other;
	char path[] = "/tmp/inforce-XXXXXX", file[64];

	(void)state;
	assert_non_null(mkdtemp(path));
	snprintf(file, sizeof(file), "%s/image", path);
	assert_int_equal(inforce_store(image, file), 0);
	assert_int_equal(image_open(file, &again, NULL), 0);
	assert_true(inforce_same(image, again));
	assert_int_equal(again->header->version, 7);
	image_close(again);
	/* another one takes its place whole */
	other = compile_as("roles:\n  other: {}\n", 8);
	assert_int_equal(inforce_store(other, file), 0);
	assert_int_equal(image_open(file, &again, NULL), 0);
	assert_int_equal(again->header->version, 8);
	image_close(again);
	unlink(file);
	rmdir(path);
	assert_true(inforce_store(image, file) < 0);
	image_close(image);
	image_close(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_but_for_version_and_time),
		cmocka_unit_test(a_subject_that_was_bound_before_changes_nothing),
		cmocka_unit_test(stored_bytes_are_the_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
