// SPDX-License-Identifier: Apache-2.0
/* Subset construction */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "automaton.h"

static void accept_sets_hold_all_that_match(void **state)
{
	static const char *const patterns[] = { "/a/**", "/a/*", "/a/b", "/[!a]" };
	struct automaton a = { .pattern = 0 };
	const uint32_t *set;
	size_t count;

	(void)state;
	assert_int_equal(automaton_make(&a, patterns, 4, 1000), 0);
	set = interner_get(&a.dfa.accepts, a.dfa.states[automaton_walk(&a, "/a/b")].outcome, &count);
	assert_int_equal(count, 3);
	assert_int_equal(set[0], 0);
	assert_int_equal(set[1], 1);
	assert_int_equal(set[2], 2);
	interner_get(&a.dfa.accepts, a.dfa.states[automaton_walk(&a, "/a/b/c")].outcome, &count);
	assert_int_equal(count, 1);
	interner_get(&a.dfa.accepts, a.dfa.states[automaton_walk(&a, "")].outcome, &count);
	assert_int_equal(count, 0);
	/* Where nothing can match any more is state 0, and it stays there. */
	assert_int_equal(automaton_walk(&a, "/ab"), 0);
	assert_int_equal(automaton_walk(&a, "/ab/a/b"), 0);
	automaton_discard(&a);
}

static void edges_are_sorted_and_differ_from_the_fallback(void **state)
{
	static const char *const patterns[] = { "/{c,a,b}x*", "/**/q[a-c]" };
	struct automaton a = { .pattern = 0 };

	(void)state;
	assert_int_equal(automaton_make(&a, patterns, 2, 1000), 0);
	for (size_t s = 0; s < a.dfa.state_count; s++) {
		for (uint32_t e = a.dfa.states[s].first_edge; e < a.dfa.states[s + 1].first_edge;
		     e++) {
			assert_int_not_equal(a.dfa.edges[e].to, a.dfa.states[s].fallback);
			if (e > a.dfa.states[s].first_edge)
				assert_true(a.dfa.edges[e].class > a.dfa.edges[e - 1].class);
		}
	}
	automaton_discard(&a);
}

static void too_many_states_are_refused(void **state)
{
	static const char *const patterns[] = { "/**a????????????" };
	struct automaton a = { .pattern = 0 };

	(void)state;
	assert_int_equal(automaton_make(&a, patterns, 1, 4000), -E2BIG);
	automaton_discard(&a);
	assert_int_equal(automaton_make(&a, patterns, 1, 40000), 0);
	automaton_discard(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accept_sets_hold_all_that_match),
		cmocka_unit_test(edges_are_sorted_and_differ_from_the_fallback),
		cmocka_unit_test(too_many_states_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
