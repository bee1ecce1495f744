// SPDX-License-Identifier: Apache-2.0
/* The tree of patterns */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compile/nfa.h"

static void common_starts_are_shared(void **state)
{
	static const token_t abc[] = { '/', 'a', 'b', 'c' }, abd[] = { '/', 'a', 'b', 'd' };
	struct nfa nfa;

	(void)state;
	assert_int_equal(nfa_init(&nfa), 0);
	assert_int_equal(nfa_add(&nfa, abc, 4, 0), 0);
	assert_int_equal(nfa.node_count, 5);
	assert_int_equal(nfa_add(&nfa, abd, 4, 1), 0);
	assert_int_equal(nfa.node_count, 6);
	assert_int_equal(nfa_add(&nfa, abd, 4, 1), 0);	/* the same alternative again */
	assert_int_equal(nfa.accept_count, 2);
	assert_int_equal(nfa_add(&nfa, abd, 4, 2), 0);	/* another pattern that ends there */
	assert_int_equal(nfa.accept_count, 3);
	assert_int_equal(nfa.node_count, 6);
	nfa_done(&nfa);
}

static void names_have_a_gate(void **state)
{
	static const token_t tokens[] = { TOKEN_NAMES, '/', 'b' };
	struct nfa nfa;
	uint32_t target;

	(void)state;
	assert_int_equal(nfa_init(&nfa), 0);
	assert_int_equal(nfa_add(&nfa, tokens, 3, 0), 0);
	assert_int_equal(nfa.nodes[NFA_ROOT].spontaneous, 1);
	target = nfa.edges[nfa.nodes[NFA_ROOT].first_edge].to;
	assert_int_equal(nfa.nodes[target].loop, NFA_LEAVE);
	assert_int_equal(nfa.nodes[target + 1].loop, NFA_STAY);
	assert_int_equal(nfa.edges[nfa.nodes[target + 1].first_edge].token, NFA_EXIT);
	assert_int_equal(nfa.edges[nfa.nodes[target + 1].first_edge].to, target);
	nfa_done(&nfa);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(common_starts_are_shared),
		cmocka_unit_test(names_have_a_gate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
