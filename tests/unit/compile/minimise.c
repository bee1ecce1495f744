// SPDX-License-Identifier: Apache-2.0
/* The smallest automaton */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "automaton.h"
#include "compile/minimise.h"

/* Every pattern answers the same: how many states are left? */
static size_t least(const char *const *patterns, size_t count)
{
	struct automaton a = { .pattern = 0 };
	size_t states;

	assert_int_equal(automaton_make(&a, patterns, count, 100000), 0);
	for (size_t i = 0; i < a.dfa.state_count; i++)
		a.dfa.states[i].outcome = a.dfa.states[i].outcome != 0;
	assert_int_equal(dfa_minimise(&a.dfa), 0);
	states = a.dfa.state_count;
	automaton_discard(&a);
	return states;
}

static void merges_all_that_can_be_merged(void **state)
{
	static const char *const everything[] = { "/**", "/a/**", "/b*c" };
	static const char *const tails[] = { "/aaa/x", "/bbb/x", "/{ccc,ddd}/x" };
	static const char *const loops[] = { "/a/**/x", "/b/**/x" };
	static const char *const nothing[] = { "/a" };

	(void)state;
	/*
	 * Dead; "" and "/…" cannot be told apart. Then what begins without a '/'
	 * is dead, so two states: the root, and all below it.
	 */
	assert_int_equal(least(everything, 3), 3);
	/* dead, "", "/", four times two letters in, the shared "/x" of all. */
	assert_int_equal(least(tails, 3), 3 + 8 + 3);
	assert_int_equal(least(loops, 2), least(loops, 1));
	assert_int_equal(least(nothing, 1), 4);
}

static void numbers_states_as_they_are_met(void **state)
{
	static const char *const patterns[] = { "/abc", "/abd/**" };
	struct automaton a = { .pattern = 0 };
	uint32_t seen = 1;

	(void)state;
	assert_int_equal(automaton_make(&a, patterns, 2, 1000), 0);
	assert_int_equal(dfa_minimise(&a.dfa), 0);
	assert_int_equal(a.dfa.start, 1);
	assert_int_equal(a.dfa.states[0].fallback, 0);
	assert_int_equal(a.dfa.states[0].first_edge, a.dfa.states[1].first_edge);
	for (size_t e = 0; e < a.dfa.edge_count; e++) {
		assert_true(a.dfa.edges[e].to <= seen + 1);
		if (a.dfa.edges[e].to > seen)
			seen = a.dfa.edges[e].to;
	}
	automaton_discard(&a);
}

/* Deep differences need many rounds: all of them must be found. */
static void keeps_apart_what_differs_far_away(void **state)
{
	static const char *const patterns[] = {
		"/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaax",
		"/baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaay",
	};
	struct automaton a = { .pattern = 0 };

	(void)state;
	assert_int_equal(automaton_make(&a, patterns, 2, 1000), 0);
	assert_int_equal(dfa_minimise(&a.dfa), 0);
	for (int i = 0; i < 2; i++) {
		const uint32_t *set;
		size_t count;

		set = interner_get(&a.dfa.accepts,
				   a.dfa.states[automaton_walk(&a, patterns[i])].outcome, &count);
		assert_int_equal(count, 1);
		assert_int_equal(set[0], i);
	}
	automaton_discard(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merges_all_that_can_be_merged),
		cmocka_unit_test(numbers_states_as_they_are_met),
		cmocka_unit_test(keeps_apart_what_differs_far_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
