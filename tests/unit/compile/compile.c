// SPDX-License-Identifier: Apache-2.0
/* Policies to images: what the language promises, asked of the image */
#include "compiled.h"

static void deny_beats_allow_in_any_order(void **state)
{
	struct image *image = compiled(
		"roles:\n"
		"  a:\n    files:\n"
		"      - {deny: [write], on: [/srv/x/**]}\n"
		"      - {allow: [read, write, append], on: [/srv/**]}\n"
		"  b:\n    files:\n"
		"      - {allow: [read, write], on: [/srv/**]}\n"
		"      - {deny: [write], on: [/srv/x/**]}\n");

	(void)state;
	for (int i = 0; i < 2; i++) {
		const char *row = i ? "a" : "b";

		assert_true(allowed(image, row, "write", "/srv/file"));
		assert_true(allowed(image, row, "append", "/srv/file"));
		assert_true(allowed(image, row, "read", "/srv/x/file"));
		assert_false(allowed(image, row, "write", "/srv/x/file"));
		/* Whoever may not write may not add at the end either. */
		assert_false(allowed(image, row, "append", "/srv/x/file"));
		assert_false(allowed(image, row, "read", "/etc/passwd"));
	}
	image_close(image);
}

static void several_roles_are_union_minus_denies(void **state)
{
	struct image *image = compiled(
		"roles:\n"
		"  one:\n    files: [{allow: [read, write], on: [/a/**]}]\n"
		"    capabilities: [chown]\n"
		"    mode: audit\n"
		"  two:\n    files: [{deny: [write], on: [/a/b/**]}, {allow: [list], on: [/c]}]\n"
		"assignments:\n"
		"  - {subject: \"user:alice\", role: one}\n"
		"  - {subject: \"user:alice\", role: two}\n");
	uint32_t row = image_find_row(image, "one+two");

	(void)state;
	assert_int_not_equal(row, ~0u);
	assert_true(allowed(image, "one+two", "write", "/a/x"));
	assert_true(allowed(image, "one", "write", "/a/b/x"));
	assert_false(allowed(image, "one+two", "write", "/a/b/x"));
	assert_true(allowed(image, "one+two", "read", "/a/b/x"));
	assert_true(allowed(image, "one+two", "list", "/c"));
	assert_true(allowed(image, "one+two", "capability", "chown"));
	assert_false(allowed(image, "one+two", "capability", "kill"));
	assert_int_equal(image_row(image, row)->mode, BAILIWICK_MODE_ENFORCE);
	image_close(image);
}

static void protected_class_is_closed_to_whoever_is_not_granted(void **state)
{
	struct image *image = compiled(
		"classes:\n  secret: {grade: restricted, protect: true, paths: [/srv/s/**]}\n"
		"roles:\n"
		"  in: {files: [{allow: [read], on: [secret]}]}\n"
		"  path: {files: [{allow: [read], on: [/srv/**]}]}\n"
		"  out: {files: [{allow: [read], on: [/etc/**]}]}\n"
		"  off: {mode: disabled}\n");
	struct question q = { .asked = BAILIWICK_RIGHT_READ, .path = "/srv/s/x", .path_size = 8 };
	struct answer a;

	(void)state;
	assert_true(allowed(image, "in", "read", "/srv/s/x"));
	assert_true(allowed(image, "path", "read", "/srv/s/x"));
	assert_false(allowed(image, "out", "read", "/srv/s/x"));
	assert_false(allowed(image, "unconfined", "read", "/srv/s/x"));
	assert_false(allowed(image, "off", "read", "/srv/s/x"));
	assert_true(allowed(image, "off", "write", "/srv/x"));
	assert_true(allowed(image, "unconfined", "write", "/srv/x"));
	question_ask(image, BAILIWICK_ROW_UNCONFINED, &q, &a);
	assert_int_equal(a.reason, BAILIWICK_REASON_PROTECTED);
	assert_int_equal(a.severity, BAILIWICK_SEVERITY_SERIOUS);
	assert_true(image_protects(image));
	/* Then what cannot be classified is closed to everybody too. */
	assert_int_equal(decide_cell(image->view, 0, BAILIWICK_LABEL_UNKNOWN) &
			 BAILIWICK_CELL_RIGHTS, 0);
	image_close(image);
}

static void includes_are_folded_in(void **state)
{
	struct image *image = compiled(
		"roles:\n"
		"  base: {files: [{allow: [read], on: [/b/**]}, {deny: [read], on: [/b/no]}], "
		"capabilities: [kill]}\n"
		"  mid: {include: [base]}\n"
		"  top: {include: [mid], files: [{allow: [read], on: [/b/**, /t]}]}\n");

	(void)state;
	assert_true(allowed(image, "top", "read", "/b/x"));
	assert_true(allowed(image, "top", "read", "/t"));
	assert_false(allowed(image, "top", "read", "/b/no"));
	assert_true(allowed(image, "top", "capability", "kill"));
	image_close(image);
}

static void built_in_rows_hold_what_they_must(void **state)
{
	struct image *image = compiled("roles:\n  r: {files: [{allow: [read, exec], on: [/**]}]}\n");
	uint32_t row = image_find_row(image, "none");

	(void)state;
	assert_int_equal(row, BAILIWICK_ROW_NONE);
	assert_int_equal(image_find_row(image, "canary"), BAILIWICK_ROW_CANARY);
	assert_true(allowed(image, "none", "write", "/dev/null"));
	assert_true(allowed(image, "r", "write", "/dev/null"));
	assert_false(allowed(image, "none", "read", "/etc/passwd"));
	assert_false(allowed(image, "none", "family", "unix"));
	assert_true(allowed(image, "canary", "write", "/run/bailiwick/canary/allowed/x"));
	assert_false(allowed(image, "canary", "append", "/run/bailiwick/canary/allowed/x"));
	assert_false(allowed(image, "canary", "create", "/run/bailiwick/canary/allowed/x"));
	assert_false(allowed(image, "canary", "read", "/run/bailiwick/canary/x"));
	assert_false(allowed(image, "r", "read", "/run/bailiwick/canary/allowed/x"));
	assert_true(allowed(image, "unconfined", "read", "/run/bailiwick/canary/allowed/x"));
	assert_true(allowed(image, "canary", "exec", "/usr/lib/bailiwick/canary"));
	assert_int_equal(decide_exe_row(image->view, question_label(image,
			 "/usr/lib/bailiwick/canary", 25)), BAILIWICK_ROW_CANARY);
	/* A mount of somebody else's is nobody's but the unconfined's. */
	assert_int_equal(decide_cell(image->view, 3, BAILIWICK_LABEL_UNTRUSTED), 0);
	assert_int_equal(decide_denied(decide_cell(image->view, 3, BAILIWICK_LABEL_ANON),
				       BAILIWICK_RIGHT_EXEC | BAILIWICK_RIGHT_MAP_EXEC |
				       BAILIWICK_RIGHT_READ),
			 BAILIWICK_RIGHT_EXEC | BAILIWICK_RIGHT_MAP_EXEC);
	image_close(image);
}

static void running_a_program_changes_the_row(void **state)
{
	struct image *image = compiled(
		"roles:\n"
		"  a: {files: [{allow: [exec], on: [/bin/*]}], exec: {/bin/b: b, /bin/n: none}}\n"
		"  b: {}\n  c: {include: [a]}\n"
		"  d: {exec: {\"/bin/*\": c}}\n"
		"assignments:\n"
		"  - {subject: \"exe:/bin/web\", role: b}\n"
		"  - {subject: \"user:bob\", role: a}\n"
		"  - {subject: \"user:bob\", role: d}\n");
	uint32_t a = image_find_row(image, "a"), b = image_find_row(image, "b");
	uint32_t program = question_label(image, "/bin/b", 6);

	(void)state;
	assert_int_equal(decide_transition(image->view, a, program), b);
	assert_int_equal(decide_transition(image->view, image_find_row(image, "c"), program), b);
	assert_int_equal(decide_transition(image->view, b, program), b);
	assert_int_equal(decide_transition(image->view, a, question_label(image, "/bin/n", 6)),
			 BAILIWICK_ROW_NONE);
	assert_int_equal(decide_transition(image->view, a, question_label(image, "/bin/x", 6)), a);
	/* Patterns that overlap lead to the union of the roles. */
	assert_string_equal(image_row_name(image, decide_transition(image->view,
			    image_find_row(image, "a+d"), program)), "b+c");
	assert_int_equal(decide_exe_row(image->view, question_label(image, "/bin/web", 8)), b);
	assert_int_equal(decide_exe_row(image->view, program), 0);
	image_close(image);
}

static void nothing_leads_out_of_confinement(void **state)
{
	(void)state;
	assert_non_null(strstr(refused("roles:\n  a: {exec: {/bin/x: unconfined}}\n"),
			       "cannot lead out of all confinement"));
}

static void too_many_states_name_the_limit(void **state)
{
	(void)state;
	assert_non_null(strstr(refused(
		"roles:\n  a:\n    files:\n      - allow: [read]\n        on:\n"
		"          - /**a???????????????????????\n"
		"          - /**b???????????????????????\n"), "BAILIWICK_STATES_MAX"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deny_beats_allow_in_any_order),
		cmocka_unit_test(several_roles_are_union_minus_denies),
		cmocka_unit_test(protected_class_is_closed_to_whoever_is_not_granted),
		cmocka_unit_test(includes_are_folded_in),
		cmocka_unit_test(built_in_rows_hold_what_they_must),
		cmocka_unit_test(running_a_program_changes_the_row),
		cmocka_unit_test(nothing_leads_out_of_confinement),
		cmocka_unit_test(too_many_states_name_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
