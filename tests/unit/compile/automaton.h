/* SPDX-License-Identifier: Apache-2.0 */
/* An automaton of a few patterns, for tests */
#ifndef TESTS_UNIT_COMPILE_AUTOMATON_H
#define TESTS_UNIT_COMPILE_AUTOMATON_H

#include "compile/dfa.h"
#include "compile/token.h"

struct automaton {
	struct alphabet alphabet;
	struct nfa nfa;
	struct dfa dfa;
	uint32_t pattern;
};

static int automaton_take(void *data, const token_t *tokens, size_t count)
{
	struct automaton *a = data;

	return nfa_add(&a->nfa, tokens, count, a->pattern);
}

/* What dfa_build() returns for these patterns. */
static int automaton_make(struct automaton *a, const char *const *patterns, size_t count,
			  size_t states_max)
{
	int r = nfa_init(&a->nfa);

	for (a->pattern = 0; a->pattern < count && !r; a->pattern++)
		r = tokens_each(patterns[a->pattern], false, &a->alphabet, automaton_take, a);
	if (r)
		return r;
	alphabet_build(&a->alphabet);
	return dfa_build(&a->nfa, &a->alphabet, states_max, &a->dfa);
}

static void automaton_discard(struct automaton *a)
{
	alphabet_done(&a->alphabet);
	nfa_done(&a->nfa);
	dfa_done(&a->dfa);
	*a = (struct automaton){ .pattern = 0 };
}

/* The state after a path. */
__attribute__((unused))
static uint32_t automaton_walk(const struct automaton *a, const char *path)
{
	uint32_t state = a->dfa.start;

	for (; *path; path++)
		state = dfa_next(&a->dfa, state, a->alphabet.class_of[(unsigned char)*path]);
	return state;
}

#endif
