/* SPDX-License-Identifier: Apache-2.0 */
/* compile: the controller's way to an image */
#include "program.h"

#include <sys/stat.h>

#include "image/reader.h"

#define GOOD "version: 1\nroles:\n  clerk:\n    files:\n      - {allow: [read], on: [/etc/hosts]}\n"

static char stage[128], output[128];

/* The file /etc/p.yaml below a stage of its own */
static void make_stage(const char *text)
{
	char path[200];

	snprintf(stage, sizeof(stage), "%s/stage", here);
	snprintf(output, sizeof(output), "%s/image", here);
	mkdir(stage, 0700);
	snprintf(path, sizeof(path), "%s/etc", stage);
	mkdir(path, 0700);
	make_file("stage/etc/p.yaml", text);
	unlink(output);
}

#define COMPILE(run, ...) \
	RUN(run, "compile", "--stage", stage, "--output", output, "--policy-version", __VA_ARGS__)

static struct image *open_image(void)
{
	struct image *image = NULL;
	const char *why = "";

	if (image_open(output, &image, &why))
		fail_msg("%s: %s", output, why);
	return image;
}

static void writes_an_image_with_the_names_given(void **state)
{
	const struct bailiwick_role *role;
	struct image *image;
	static struct run run;

	(void)state;
	make_stage(GOOD);
	COMPILE(&run, "42", "/etc/p.yaml");
	assert_int_equal(run.code, 0);
	assert_string_equal(run.out, "");
	assert_string_equal(run.err, "");
	image = open_image();
	assert_int_equal(image->header->version, 42);
	role = image_role(image, 0);
	assert_non_null(role);
	assert_string_equal(image_string(image, role->name), "clerk");
	assert_string_equal(image_string(image, role->file), "/etc/p.yaml");
	image_close(image);
}

static void mistakes_name_the_file_as_given(void **state)
{
	static struct run run;

	(void)state;
	make_stage("version: 1\nrols: {}\n");
	COMPILE(&run, "42", "/etc/p.yaml");
	assert_int_equal(run.code, 65);
	assert_int_equal(strncmp(run.err, "/etc/p.yaml:2:1", 15), 0);
	assert_lacks(run.err, "stage");
	assert_int_equal(access(output, F_OK), -1);
	COMPILE(&run, "42", "--json", "/etc/p.yaml");
	assert_int_equal(run.code, 65);
	assert_int_equal(run.err[0], '{');
}

static void without_files_there_is_the_base_image(void **state)
{
	struct image *image;
	static struct run run;

	(void)state;
	make_stage(GOOD);
	COMPILE(&run, "1");
	assert_int_equal(run.code, 0);
	image = open_image();
	assert_int_equal(image->header->default_user_row, BAILIWICK_ROW_UNCONFINED);
	assert_int_equal(image->header->default_unit_row, BAILIWICK_ROW_UNCONFINED);
	assert_int_equal(image_protects(image), 0);
	image_close(image);
}

static uint32_t row_of_user(const struct image *image, uint32_t uid)
{
	uint32_t binding = binding_find(image->view, BAILIWICK_SUBJECT_USER, uid);

	return binding ? binding_row(image->view, binding) : ~0u;
}

static void assignments_are_merged_in(void **state)
{
	const char *assignments = make_file("assignments",
		"{\"subject\":\"user:4242\",\"role\":\"clerk\",\"until\":4000000000}\n"
		"{\"subject\":\"user:4243\",\"hold\":\"none\"}\n");
	struct image *image;
	static struct run run;

	(void)state;
	make_stage(GOOD);
	COMPILE(&run, "7", "--assignments", assignments, "/etc/p.yaml");
	assert_int_equal(run.code, 0);
	image = open_image();
	assert_int_equal(row_of_user(image, 4242), image_find_row(image, "clerk"));
	assert_int_equal(row_of_user(image, 4243), BAILIWICK_ROW_NONE);
	assert_int_equal(row_of_user(image, 4244), ~0u);
	image_close(image);
}

static void assignments_that_make_no_sense_are_refused(void **state)
{
	static struct run run;

	(void)state;
	make_stage(GOOD);
	COMPILE(&run, "7", "--assignments", make_file("a", "{\"subject\":\"user:0\"}\n"), "/etc/p.yaml");
	assert_int_equal(run.code, 65);
	assert_contains(run.err, "line 1");
	COMPILE(&run, "7", "--assignments",
		make_file("a", "{\"subject\":\"user:0\",\"role\":\"clrek\"}\n"), "/etc/p.yaml");
	assert_int_equal(run.code, 65);
	assert_contains(run.err, "clrek");
	assert_contains(run.err, "clerk");
	COMPILE(&run, "7", "--strict-users", "--assignments",
		make_file("a", "{\"subject\":\"user:no-such-user-here\",\"role\":\"clerk\"}\n"),
		"/etc/p.yaml");
	assert_int_equal(run.code, 65);
	assert_contains(run.err, "no-such-user-here");
	COMPILE(&run, "7", "--assignments", "/nowhere", "/etc/p.yaml");
	assert_int_equal(run.code, 66);
	assert_int_equal(access(output, F_OK), -1);
}

static void versions_start_at_one(void **state)
{
	static const char *const wrong[] = { "0", "-1", "x", "1x", "", "99999999999999999999999" };
	static struct run run;
	size_t i;

	(void)state;
	make_stage(GOOD);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		COMPILE(&run, wrong[i], "/etc/p.yaml");
		assert_int_equal(run.code, 64);
	}
	RUN(&run, "compile", "/etc/p.yaml");
	assert_int_equal(run.code, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_an_image_with_the_names_given),
		cmocka_unit_test(mistakes_name_the_file_as_given),
		cmocka_unit_test(without_files_there_is_the_base_image),
		cmocka_unit_test(assignments_are_merged_in),
		cmocka_unit_test(assignments_that_make_no_sense_are_refused),
		cmocka_unit_test(versions_start_at_one),
	};

	return cmocka_run_group_tests(tests, program_setup, program_teardown);
}
