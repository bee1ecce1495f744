/* SPDX-License-Identifier: Apache-2.0 */
/* The list of what is NOT ENFORCED */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "load/gap.h"

static const struct enforcement_gap *find(const struct gaps *gaps, const char *what)
{
	for (size_t i = 0; i < gaps->count; i++)
		if (!strcmp(gaps->gap[i].what, what))
			return &gaps->gap[i];
	return NULL;
}

static void texts_are_copied(void **state)
{
	char what[] = "a thing", why[] = "a reason";
	struct gaps gaps = {};

	(void)state;
	assert_int_equal(gaps_add(&gaps, what, why), 0);
	memset(what, 'x', sizeof(what) - 1);
	memset(why, 'x', sizeof(why) - 1);
	assert_int_equal(gaps.count, 1);
	assert_string_equal(gaps.gap[0].what, "a thing");
	assert_string_equal(gaps.gap[0].why, "a reason");
	gaps_done(&gaps);
	assert_int_equal(gaps.count, 0);
	assert_null(gaps.gap);
}

static void a_thing_is_listed_once(void **state)
{
	struct gaps gaps = {};

	(void)state;
	assert_int_equal(gaps_add(&gaps, "a thing", "the first reason"), 0);
	assert_int_equal(gaps_add(&gaps, "a thing", "another reason"), 0);
	assert_int_equal(gaps_add(&gaps, "a second thing", "a reason"), 0);
	assert_int_equal(gaps.count, 2);
	assert_string_equal(find(&gaps, "a thing")->why, "the first reason");
	gaps_done(&gaps);
}

static void without_hooks_everything_is_listed(void **state)
{
	struct gaps gaps = {};

	(void)state;
	assert_int_equal(gaps_add_features(&gaps, NULL, 0), 0);
	assert_true(gaps.count > 10);
	assert_non_null(strstr(find(&gaps, "network: receive")->why, "socket_recvmsg"));
	assert_non_null(find(&gaps, "ptrace of other roles"));
	gaps_done(&gaps);
}

static void every_hook_of_a_feature_is_needed(void **state)
{
	const char *const one[] = { "mmap_file" };
	const char *const both[] = { "file_mprotect", "mmap_file" };
	struct gaps gaps = {};

	(void)state;
	assert_int_equal(gaps_add_features(&gaps, one, 1), 0);
	assert_non_null(strstr(find(&gaps, "map-exec")->why, "file_mprotect"));
	gaps_done(&gaps);
	assert_int_equal(gaps_add_features(&gaps, both, 2), 0);
	assert_null(find(&gaps, "map-exec"));
	gaps_done(&gaps);
}

static void what_another_hook_is_asked_for_is_covered(void **state)
{
	const char *const old[] = { "inode_setattr", "path_truncate", "inode_setxattr" };

	(void)state;
	assert_string_equal(gap_covered_by(old, 3, "file_truncate"), "path_truncate and inode_setattr");
	assert_string_equal(gap_covered_by(old, 3, "inode_set_acl"), "inode_setxattr");
	assert_null(gap_covered_by(old, 3, "inode_remove_acl"));
	assert_null(gap_covered_by(old, 1, "file_truncate"));
	assert_null(gap_covered_by(old, 3, "file_open"));
	assert_null(gap_covered_by(NULL, 0, "file_truncate"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_copied),
		cmocka_unit_test(a_thing_is_listed_once),
		cmocka_unit_test(without_hooks_everything_is_listed),
		cmocka_unit_test(what_another_hook_is_asked_for_is_covered),
		cmocka_unit_test(every_hook_of_a_feature_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
