/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of patterns made deterministic */
#ifndef BAILIWICK_COMPILE_DFA_H
#define BAILIWICK_COMPILE_DFA_H

#include <stddef.h>
#include <stdint.h>

#include "compile/alphabet.h"
#include "compile/interner.h"
#include "compile/nfa.h"

/* Numbers kept for all states together, against policies that would eat all memory */
#define DFA_MEMBERS_MAX 48000000u

struct dfa_edge {
	uint32_t to;
	uint32_t class;
};

/**
 * struct dfa_state - a state; its edges are the ones up to the next state's
 * @first_edge:	in ascending order of class, none of them to @fallback
 * @fallback:	where every class without an edge leads
 * @outcome:	number of an accept set; after labelling, a label
 */
struct dfa_state {
	uint32_t first_edge;
	uint32_t fallback;
	uint32_t outcome;
};

/**
 * struct dfa - a deterministic automaton; state 0 is dead
 * @states:	@state_count of them and one more, which ends the last one's edges
 * @start:	the state before the first byte
 * @accepts:	the accept sets: numbers of patterns, ascending; set 0 is empty
 */
struct dfa {
	struct dfa_state *states;
	size_t state_count, state_capacity;
	struct dfa_edge *edges;
	size_t edge_count, edge_capacity;
	uint32_t start;
	struct interner accepts;
};

/** dfa_done() - free what the automaton holds */
void dfa_done(struct dfa *dfa);

/**
 * dfa_build() - subset construction
 * @alphabet:	built
 * @states_max:	states allowed; at most BAILIWICK_STATES_MAX
 *
 * Return: 0, -ENOMEM, or -E2BIG when it passes @states_max or DFA_MEMBERS_MAX.
 */
int dfa_build(const struct nfa *nfa, const struct alphabet *alphabet, size_t states_max,
	      struct dfa *ret);

/** dfa_next() - where a state leads with a byte class */
uint32_t dfa_next(const struct dfa *dfa, uint32_t state, uint32_t class);

#endif
