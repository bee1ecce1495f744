// SPDX-License-Identifier: Apache-2.0
/* While a class is protected, what holds it is closed against changes by who has no role */
#include "compiled.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "compile/own.h"

#define PROTECTS "classes: {c: {protect: true, paths: [/c]}}\n"
#define ROLES \
	"roles:\n" \
	"  all: {files: [{allow: [read, write, delete], on: [\"/**\"]}]}\n" \
	"  some: {mode: audit, files: [{allow: [read], on: [/usr/**]}]}\n"

static uint32_t cell(const struct image *image, const char *row, const char *path)
{
	return decide_cell(image->view, image_find_row(image, row),
			   question_label(image, path, strlen(path)));
}

static bool holds(const struct image *image, const char *row, const char *path, uint32_t rights)
{
	return !decide_denied(cell(image, row, path), rights);
}

static const char *const own[] = {
	"/usr/sbin/bailiwickd", "/usr/lib/bailiwick/canary", "/var/lib/bailiwick/state.db",
	"/etc/bailiwick", "/sys/fs/bpf/bailiwick/links/file_open",
	"/usr/lib/x86_64-linux-gnu/libc.so.6", "/usr/lib/x86_64-linux-gnu/libelf-0.188.so", "/usr/lib/x86_64-linux-gnu/libsqlite3.so.0.8.6",
	"/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "/proc/sys/kernel/core_pattern",
	"/usr/lib/modules/6.1.0-9-amd64/updates/bailiwick.ko",
	"/sys/fs/cgroup/system.slice/bailiwick.service/cgroup.procs",
};

static void nobody_changes_them_without_a_role(void **state)
{
	struct image *image = compiled(PROTECTS ROLES);

	(void)state;
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++) {
		if (holds(image, "unconfined", own[i], BAILIWICK_RIGHT_WRITE) ||
		    holds(image, "unconfined", own[i], BAILIWICK_RIGHT_DELETE) ||
		    holds(image, "unconfined", own[i], BAILIWICK_RIGHT_MOUNT))
			fail_msg("%s can be changed", own[i]);
		if (!holds(image, "unconfined", own[i], OWN_RIGHTS))
			fail_msg("%s cannot be read", own[i]);
		assert_true(holds(image, "all", own[i], BAILIWICK_RIGHT_WRITE));
	}
	assert_true(holds(image, "unconfined", "/usr/sbin/other", BAILIWICK_CELL_RIGHTS));
	assert_true(holds(image, "unconfined", "/usr/lib/x86_64-linux-gnu/libother.so",
			  BAILIWICK_CELL_RIGHTS));
	image_close(image);
}

/* What is not closed the controller cannot map: it would not start any more. */
static void all_that_the_controller_maps_is_among_them(void **state)
{
	struct image *image = compiled(PROTECTS ROLES);
	const char *program = getenv("BAILIWICK");
	char command[512], path[512], real[PATH_MAX];
	unsigned int libraries = 0;
	FILE *out;

	(void)state;
	assert_true(snprintf(command, sizeof(command),
			     "ldd %sd | sed -n 's/^[^/]*\\(\\/[^ ]*\\) (.*/\\1/p'",
			     program ? program : "build/bailiwick") < (int)sizeof(command));
	out = popen(command, "r");
	assert_non_null(out);
	while (fgets(path, sizeof(path), out)) {
		path[strcspn(path, "\n")] = '\0';
		assert_non_null(realpath(path, real));
		if (holds(image, "unconfined", real, BAILIWICK_RIGHT_WRITE))
			fail_msg("%s can be changed, so the controller may not map it", real);
		libraries++;
	}
	assert_int_equal(pclose(out), 0);
	assert_true(libraries > 10);
	image_close(image);
}

/* A role that only watches is not held back: these are no class of the policy's. */
static void they_are_no_protected_class(void **state)
{
	struct image *image = compiled(PROTECTS ROLES);

	(void)state;
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		assert_false(cell(image, "some", own[i]) & BAILIWICK_CELL_PROTECTED);
	assert_true(holds(image, "some", "/usr/sbin/bailiwickd", BAILIWICK_RIGHT_READ));
	assert_false(holds(image, "some", "/etc/bailiwick", BAILIWICK_RIGHT_READ));
	image_close(image);
}

static void without_a_protected_class_they_are_files(void **state)
{
	struct image *image = compiled(ROLES);

	(void)state;
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		assert_true(holds(image, "unconfined", own[i], BAILIWICK_CELL_RIGHTS));
	image_close(image);
}

/* A class that names them, too, is stronger. */
static void a_class_may_close_them(void **state)
{
	struct image *image = compiled("classes: {c: {protect: true, paths: [/var/lib/bailiwick/**]}}\n");

	(void)state;
	assert_false(holds(image, "unconfined", "/var/lib/bailiwick/x", BAILIWICK_RIGHT_READ));
	assert_true(cell(image, "unconfined", "/var/lib/bailiwick/x") & BAILIWICK_CELL_PROTECTED);
	image_close(image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_changes_them_without_a_role),
		cmocka_unit_test(all_that_the_controller_maps_is_among_them),
		cmocka_unit_test(they_are_no_protected_class),
		cmocka_unit_test(without_a_protected_class_they_are_files),
		cmocka_unit_test(a_class_may_close_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
