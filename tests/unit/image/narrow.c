// SPDX-License-Identifier: Apache-2.0
/* An image without one subject's roles: as the compiler's, or not at all */
#include "../compile/compiled.h"

#include <errno.h>

#include "image/narrow.h"

static const char policy[] =
	"roles:\n"
	"  a: {files: [{allow: [read], on: [/srv/a/**]}]}\n"
	"  b: {files: [{allow: [read], on: [/srv/b/**]}]}\n"
	"  c: {files: [{allow: [read], on: [/srv/c/**]}]}\n"
	"assignments:\n"
	"  - {subject: \"user:alice\", role: a}\n"
	"  - {subject: \"user:bob\", role: a}\n"
	"  - {subject: \"user:bob\", role: b}\n"
	"  - {subject: \"user:1500\", role: b, until: \"2099-01-01T00:00:00Z\"}\n"
	"  - {subject: \"unit:x.service\", role: a}\n"
	"  - {subject: \"unit:y.service\", role: a}\n";

static struct image *image, *less;

static int teardown(void **state)
{
	(void)state;
	image = image_close(image);
	less = image_close(less);
	return 0;
}

static int take(const char *yaml, uint32_t kind, const char *name, const char *role)
{
	teardown(NULL);
	image = compiled(yaml);
	return image_take(image, kind, name, role, 7, NOW + 5, &less);
}

static const char *row_of(const struct image *in, const char *subject)
{
	const char *why = NULL;
	uint32_t row;

	assert_int_equal(question_subject(in, subject, NULL, &row, NULL, &why), 0);
	return image_row_name(in, row);
}

static void a_person_has_nothing_left(void **state)
{
	(void)state;
	assert_int_equal(take(policy, BAILIWICK_SUBJECT_USER, "1500", "b"), 0);
	assert_string_equal(row_of(image, "user:1500"), "b");
	assert_string_equal(row_of(less, "user:1500"), "none");
	assert_string_equal(row_of(less, "unit:x.service"), "a");
	assert_int_equal(less->header->version, 7);
	assert_int_equal(less->header->created, NOW + 5);
	assert_int_equal(take(policy, BAILIWICK_SUBJECT_USER, "1500", NULL), 0);
	assert_string_equal(row_of(less, "user:1500"), "none");
}

/* Who has the same and is somebody else does not matter */
static void one_of_several_has_nothing_left(void **state)
{
	static const char two[] =
		"roles: {a: {files: [{allow: [read], on: [/srv/a/**]}]}}\n"
		"assignments:\n"
		"  - {subject: \"user:alice\", role: a}\n"
		"  - {subject: \"user:1500\", role: a}\n";

	(void)state;
	assert_int_equal(take(two, BAILIWICK_SUBJECT_USER, "alice", "a"), 0);
	assert_string_equal(row_of(less, "user:1000"), "none");
	assert_string_equal(row_of(less, "user:1500"), "a");
}

static void a_unit_has_nothing_left(void **state)
{
	(void)state;
	assert_int_equal(take(policy, BAILIWICK_SUBJECT_UNIT, "x.service", NULL), 0);
	assert_string_equal(row_of(less, "unit:x.service"), "none");
	assert_string_equal(row_of(less, "unit:y.service"), "a");
	assert_string_equal(row_of(less, "user:1500"), "b");
}

static uint32_t differing(const uint8_t *a, const uint8_t *b, uint32_t from, uint32_t size)
{
	uint32_t count = 0;

	for (uint32_t i = from; i < from + size; i++)
		count += a[i] != b[i];
	return count;
}

/* Nothing else moves: what the kernel reads of everybody else is the same bytes */
static void the_rest_is_the_same(void **state)
{
	const struct bailiwick_section *s;

	(void)state;
	assert_int_equal(take(policy, BAILIWICK_SUBJECT_UNIT, "x.service", "a"), 0);
	assert_int_equal(image->view.size, less->view.size);
	s = image->header->section;
	for (int i = 0; i < BAILIWICK_SECTION_COUNT; i++) {
		uint32_t n = differing(image->bytes, less->bytes, s[i].offset, s[i].size);

		if (i == BAILIWICK_SECTION_BINDING)
			assert_int_equal(n, 1);
		else if (i != BAILIWICK_SECTION_SUBJECT)
			assert_int_equal(n, 0);
	}
}

static void only_the_compiler_can_tell(void **state)
{
	static const struct {
		const char *more;	/* assignments besides */
		uint32_t kind;
		const char *name, *role;
	} list[] = {
		/* keeps another role */
		{ "", BAILIWICK_SUBJECT_USER, "bob", "a" },
		/* does not hold it, is nobody, is nothing of the kind */
		{ "", BAILIWICK_SUBJECT_USER, "1500", "c" },
		{ "", BAILIWICK_SUBJECT_USER, "1501", NULL },
		{ "", BAILIWICK_SUBJECT_USER, "", NULL },
		{ "", BAILIWICK_SUBJECT_UNIT, "1500", NULL },
		{ "", BAILIWICK_SUBJECT_GROUP, "staff", NULL },
		{ "", BAILIWICK_SUBJECT_EXE, "/bin/x", NULL },
		/* may hold it by a group, or under another name */
		{ "  - {subject: \"group:staff\", role: a}\n", BAILIWICK_SUBJECT_USER, "alice", "a" },
		{ "  - {subject: \"group:staff\", role: c}\n", BAILIWICK_SUBJECT_USER, "alice", NULL },
		/* a group that is called like somebody else */
		{ "  - {subject: \"group:1500\", role: a}\n", BAILIWICK_SUBJECT_USER, "alice", "a" },
		{ "  - {subject: \"user:1000\", role: a}\n", BAILIWICK_SUBJECT_USER, "alice", "a" },
		{ "  - {subject: \"user:1000\", role: c}\n", BAILIWICK_SUBJECT_USER, "1000", "c" },
		/* may be free beside it */
		{ "  - {subject: \"group:empty\", role: unconfined}\n", BAILIWICK_SUBJECT_USER,
		  "alice", "a" },
	};
	char text[sizeof(policy) + 128];

	(void)state;
	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++) {
		snprintf(text, sizeof(text), "%s%s", policy, list[i].more);
		if (take(text, list[i].kind, list[i].name, list[i].role) != 1)
			fail_msg("case %zu was done without the compiler", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_person_has_nothing_left, teardown),
		cmocka_unit_test_teardown(one_of_several_has_nothing_left, teardown),
		cmocka_unit_test_teardown(a_unit_has_nothing_left, teardown),
		cmocka_unit_test_teardown(the_rest_is_the_same, teardown),
		cmocka_unit_test_teardown(only_the_compiler_can_tell, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
