// SPDX-License-Identifier: Apache-2.0
/* Who ends in which row */
#include "compiled.h"

#define ROLES "roles: {a: {}, b: {}, c: {}}\n"

static const char *row_of_uid(const struct image *image, uint32_t uid)
{
	const struct decide_subject subject = { .login_uid = uid };

	return image_row_name(image, decide_subject_row(image->view, &subject));
}

static uint64_t until_of_uid(const struct image *image, uint32_t uid)
{
	uint32_t binding = binding_find(image->view, BAILIWICK_SUBJECT_USER, uid);

	assert_int_not_equal(binding, 0);
	return image_load64(image->view, binding + DECIDE_FIELD(bailiwick_binding, until));
}

static void groups_reach_their_members(void **state)
{
	struct image *image = compiled(ROLES
		"assignments:\n"
		"  - {subject: \"group:staff\", role: a}\n"
		"  - {subject: \"user:bob\", role: b}\n"
		"  - {subject: \"user:77\", role: c}\n");

	(void)state;
	assert_string_equal(row_of_uid(image, ALICE), "a");
	assert_string_equal(row_of_uid(image, BOB), "a+b");
	assert_string_equal(row_of_uid(image, 77), "c");
	assert_string_equal(row_of_uid(image, 78), "unconfined");
	image_close(image);
}

static void what_ended_leaves_none(void **state)
{
	struct image *image = compiled(ROLES
		"assignments:\n"
		"  - {subject: \"user:alice\", role: a, until: 2020-01-01T00:00:00Z}\n"
		"  - {subject: \"user:bob\", role: a, until: 2020-01-01T00:00:00Z}\n"
		"  - {subject: \"user:bob\", role: b, until: 2033-01-01T00:00:00Z}\n"
		"  - {subject: \"user:bob\", role: c, until: 2031-01-01T00:00:00Z}\n");

	(void)state;
	assert_string_equal(row_of_uid(image, ALICE), "none");
	assert_string_equal(row_of_uid(image, BOB), "b+c");
	assert_int_equal(until_of_uid(image, ALICE), 0);
	assert_int_equal(until_of_uid(image, BOB), 1924992000);
	image_close(image);
}

static void assignments_from_outside_are_merged(void **state)
{
	static const struct compile_assignment extra[] = {
		{ "user:alice", "b", 0 }, { "unit:x.service", "c", NOW + 10 }, { "user:5", "none", 0 },
	};
	static const struct compile_assignment dropped[] = {
		{ "user:bob", NULL, 0 }, { "user:6", "a", 0 },
	};
	static const char *const revoked[] = { "user:7", "user:alice", "exe:/bin/x" };
	struct compile_options options = {
		.extra = extra, .extra_count = 3, .dropped = dropped, .dropped_count = 2,
		.revoked = revoked, .revoked_count = 3,
	};
	struct image *image = compiled_with(ROLES
		"assignments:\n"
		"  - {subject: \"user:alice\", role: a}\n"
		"  - {subject: \"user:bob\", role: a}\n"
		"  - {subject: \"user:6\", role: a}\n"
		"  - {subject: \"user:6\", role: c}\n", &options, NULL, 0);

	(void)state;
	assert_string_equal(row_of_uid(image, ALICE), "a+b");
	assert_string_equal(row_of_uid(image, BOB), "none");
	assert_string_equal(row_of_uid(image, 5), "none");
	assert_string_equal(row_of_uid(image, 6), "c");
	assert_string_equal(row_of_uid(image, 7), "none");
	assert_int_equal(question_unit_row(image, "x.service"), image_find_row(image, "c"));
	assert_int_equal(decide_exe_row(image->view, question_label(image, "/bin/x", 6)),
			 BAILIWICK_ROW_NONE);
	image_close(image);
}

static void unconfined_gives_nothing_beside_a_role(void **state)
{
	static const struct compile_assignment extra[] = { { "user:alice", "unconfined", 0 } };
	struct compile_options options = { .extra = extra, .extra_count = 1 };
	struct image *image = compiled_with(ROLES
		"defaults: {users: a}\n"
		"assignments:\n"
		"  - {subject: \"user:bob\", role: unconfined}\n"
		"  - {subject: \"group:staff\", role: none}\n"
		"  - {subject: \"user:9\", role: unconfined}\n", &options, NULL, 0);

	(void)state;
	assert_string_equal(row_of_uid(image, 8), "a");
	assert_string_equal(row_of_uid(image, 9), "unconfined");
	/* `none` through the group counts more than `unconfined` by name. */
	assert_string_equal(row_of_uid(image, BOB), "none");
	assert_string_equal(row_of_uid(image, ALICE), "none");
	image_close(image);
}

static void the_order_is_entered_unit_person_default(void **state)
{
	struct image *image = compiled(ROLES
		"defaults: {users: a, units: b}\n"
		"assignments: [{subject: \"user:alice\", role: c}]\n");
	struct decide_subject subject = { .login_uid = ALICE, .uid = 0 };
	uint32_t b = image_find_row(image, "b");

	(void)state;
	assert_string_equal(image_row_name(image, decide_subject_row(image->view, &subject)), "c");
	subject.entered = decide_row_key(image->view, b);
	assert_int_equal(decide_subject_row(image->view, &subject), b);
	subject.entered = 12345;	/* a role that is gone */
	assert_int_equal(decide_subject_row(image->view, &subject), BAILIWICK_ROW_NONE);
	subject = (struct decide_subject){ .login_uid = DECIDE_ID_UNSET, .uid = 0 };
	assert_int_equal(decide_subject_row(image->view, &subject), b);
	subject.uid = ALICE;
	assert_string_equal(image_row_name(image, decide_subject_row(image->view, &subject)), "c");
	image_close(image);
}

static void mistakes_are_located(void **state)
{
	static const struct compile_assignment extra[] = {
		{ "user:alice", "gone", 0 }, { "pet:rex", "a", 0 },
	};
	struct compile_options options = { .extra = extra, .extra_count = 2 };
	char messages[4096] = "";
	const char *text;

	(void)state;
	text = refused(ROLES "assignments:\n  - {subject: \"user:carol\", role: a}\n"
		       "  - {subject: \"group:none\", role: a}\n");
	assert_non_null(strstr(text, ":4:"));
	assert_non_null(strstr(text, "there is no user 'carol'"));
	assert_non_null(strstr(text, ":5:"));
	assert_non_null(strstr(text, "there is no group 'none'"));
	assert_null(compiled_with(ROLES, &options, messages, sizeof(messages)));
	assert_non_null(strstr(messages, "'user:alice' is assigned role 'gone'"));
	assert_non_null(strstr(messages, "'pet:rex' is no subject"));
}

static void unknown_people_are_a_warning_when_not_strict(void **state)
{
	struct compile_options options = { 0 };
	char messages[4096] = "";
	struct image *image = compiled_with(ROLES
		"assignments: [{subject: \"user:carol\", role: a}]\n", &options, messages,
		sizeof(messages));

	(void)state;
	assert_non_null(image);
	assert_non_null(strstr(messages, "warning: there is no user 'carol'"));
	image_close(image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_reach_their_members),
		cmocka_unit_test(what_ended_leaves_none),
		cmocka_unit_test(assignments_from_outside_are_merged),
		cmocka_unit_test(unconfined_gives_nothing_beside_a_role),
		cmocka_unit_test(the_order_is_entered_unit_person_default),
		cmocka_unit_test(mistakes_are_located),
		cmocka_unit_test(unknown_people_are_a_warning_when_not_strict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
