// SPDX-License-Identifier: Apache-2.0
/* Patterns and their uses */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <bailiwick/vocab.h>

#include "compile/pattern.h"

static const struct location nowhere;

static void each_pattern_is_there_once(void **state)
{
	struct patterns p = { 0 };
	char copy[] = "/a";
	struct pattern_use use = { .kind = USE_RULE, .origin = 1, .allow = 1, .severity = ~0u };
	const struct pattern_use *first;

	(void)state;
	assert_int_equal(patterns_add(&p, "/a", &nowhere, &use), 0);
	use.allow = 0;
	use.deny = 2;
	use.severity = BAILIWICK_SEVERITY_SERIOUS;
	assert_int_equal(patterns_add(&p, copy, &nowhere, &use), 0);
	use.severity = BAILIWICK_SEVERITY_ORDINARY;
	assert_int_equal(patterns_add(&p, copy, &nowhere, &use), 0);
	/* One role's rules on one pattern are one use, the gravest severity kept. */
	assert_int_equal(p.count, 1);
	assert_int_equal(p.use_count, 1);
	first = &p.uses[p.entries[0].first_use];
	assert_int_equal(first->allow, 1);
	assert_int_equal(first->deny, 2);
	assert_int_equal(first->severity, BAILIWICK_SEVERITY_SERIOUS);
	use.origin = 2;
	assert_int_equal(patterns_add(&p, "/a", &nowhere, &use), 0);
	use.kind = USE_CLASS;
	assert_int_equal(patterns_add(&p, "/a", &nowhere, &use), 0);
	assert_int_equal(p.use_count, 3);
	assert_int_equal(patterns_add(&p, "/b", &nowhere, &use), 0);
	assert_int_equal(p.count, 2);
	patterns_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_pattern_is_there_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
