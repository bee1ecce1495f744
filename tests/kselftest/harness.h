/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's self-test harness, with patience for an emulated machine, and a choice of tests. */
#ifndef BAILIWICK_KSELFTEST_HARNESS_H
#define BAILIWICK_KSELFTEST_HARNESS_H

#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "kselftest_harness.h"

/*
 * Seconds a test may take. The kernel's 30 are for real processors: here one
 * change of a role takes ten where other machines share the host.
 */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 240

/*
 * The arguments, if there are any, are patterns of the names that the harness prints,
 * FIXTURE.TEST or FIXTURE.VARIANT.TEST; the rest is not run.
 */
static inline bool is_wanted(char **patterns, const char *fixture, const char *variant,
			     const char *test)
{
	char name[512];

	snprintf(name, sizeof(name), "%s%s%s.%s", fixture, variant[0] ? "." : "", variant, test);
	for (; *patterns; patterns++)
		if (!fnmatch(*patterns, name, 0))
			return true;
	return false;
}

static inline bool is_test_wanted(char **patterns, const struct __fixture_metadata *f,
				  const struct __test_metadata *t)
{
	bool wanted = !f->variant && is_wanted(patterns, f->name, "", t->name);

	for (const struct __fixture_variant_metadata *v = f->variant; v; v = v->next)
		wanted |= is_wanted(patterns, f->name, v->name, t->name);
	return wanted;
}

static inline bool is_variant_wanted(char **patterns, const struct __fixture_metadata *f,
				     const struct __fixture_variant_metadata *v)
{
	for (const struct __test_metadata *t = f->tests; t; t = t->next)
		if (is_wanted(patterns, f->name, v->name, t->name))
			return true;
	return false;
}

/* Variants are judged by all tests of their fixture, so these go last. */
static inline void choose_tests(int argc, char **argv)
{
	unsigned int left = 0;

	if (argc < 2)
		return;
	for (struct __fixture_metadata *f = __fixture_list; f; f = f->next) {
		struct __fixture_variant_metadata *variants = f->variant, **to_variant = &f->variant;
		struct __test_metadata **to_test = &f->tests, *tests = f->tests;
		struct __fixture_metadata all = *f;

		for (; tests; tests = tests->next)
			if (is_test_wanted(argv + 1, &all, tests)) {
				*to_test = tests;
				to_test = &tests->next;
				left++;
			}
		for (; variants; variants = variants->next)
			if (is_variant_wanted(argv + 1, &all, variants)) {
				*to_variant = variants;
				to_variant = &variants->next;
			}
		*to_test = NULL;
		*to_variant = NULL;
	}
	if (!left) {
		printf("Bail out! no test is named so\n");
		exit(1);
	}
}

#define test_harness_run(argc, argv) (choose_tests(argc, argv), test_harness_run(argc, argv))

#endif
