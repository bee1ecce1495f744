// SPDX-License-Identifier: Apache-2.0
/* Files in, a resolved policy out */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <bailiwick/vocab.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/unit/model/fixture.h"

static void files_are_merged_in_order(void **state)
{
	char dir[] = "/tmp/policy-XXXXXX", *names[] = { (char *)"b.yaml", (char *)"a.yaml" };
	struct diag *diag = diag_new();
	struct policy *policy = NULL;
	char path[64];
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a.yaml", dir);
	file = fopen(path, "w");
	fputs("version: 1\nroles: {a: {include: b}}\n", file);
	fclose(file);
	snprintf(path, sizeof(path), "%s/b.yaml", dir);
	file = fopen(path, "w");
	fputs("version: 1\nroles: {b: {}}\n", file);
	fclose(file);
	assert_int_equal(policy_load_staged(dir, names, 2, diag, &policy), 0);
	assert_int_equal(policy->source_count, 2);
	assert_string_equal(policy->sources[0]->name, "b.yaml");
	assert_string_equal(policy->roles[0]->name, "b");
	assert_string_equal(policy->roles[1]->at.source->name, "a.yaml");
	policy_free(policy);
	names[0] = dir;
	policy = NULL;
	assert_int_equal(policy_load(names, 1, diag, &policy), 0);
	assert_string_equal(policy->roles[0]->name, "a");
	policy_free(policy);
	unlink(path);
	snprintf(path, sizeof(path), "%s/a.yaml", dir);
	unlink(path);
	rmdir(dir);
	diag_free(diag);
}

static void mistakes_leave_nothing_behind(void **state)
{
	char *names[] = { (char *)"/nonexistent/a", (char *)"/nonexistent/b" };
	struct diag *diag = diag_new();
	struct policy *policy = NULL;

	(void)state;
	assert_int_equal(policy_load(names, 2, diag, &policy), 1);
	assert_null(policy);
	/* both files are told */
	assert_int_equal(diag_errors(diag), 2);
	assert_int_equal(policy_load(names, 0, diag, &policy), 1);
	assert_int_equal(diag_errors(diag), 3);
	assert_null(policy_free(NULL));
	diag_free(diag);
}

/* What a run before reported does not count against this one */
static void an_old_mistake_is_no_mistake(void **state)
{
	struct diag *diag = diag_new();
	struct policy *policy = NULL;
	char dir[] = "/tmp/policy-XXXXXX", path[64], *name = path;
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a", dir);
	file = fopen(path, "w");
	fputs("version: 1\nroles: {a: {}}\n", file);
	fclose(file);
	diag_error(diag, NULL, "old");
	assert_int_equal(policy_load(&name, 1, diag, &policy), 0);
	assert_int_equal(policy->role_count, 1);
	policy_free(policy);
	unlink(path);
	rmdir(dir);
	diag_free(diag);
}

static void lookup_by_name(void **state)
{
	struct fixture f;

	(void)state;
	load_good(&f, "roles: {a: {}, b: {}}\n");
	assert_ptr_equal(policy_find_role(f.policy, "b"), f.policy->roles[1]);
	assert_null(policy_find_role(f.policy, "c"));
	assert_null(policy_find_role(f.policy, ""));
	done(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_merged_in_order),
		cmocka_unit_test(mistakes_leave_nothing_behind),
		cmocka_unit_test(an_old_mistake_is_no_mistake),
		cmocka_unit_test(lookup_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
