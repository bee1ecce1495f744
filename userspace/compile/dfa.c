/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of patterns made deterministic */
#include "compile/dfa.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compile/array.h"

/**
 * struct subset - the construction
 * @members:	set of nodes -> state; the index of a set is its state
 * @mark:	per node: the round in which it was last put into @next
 * @next:	the set under construction
 * @by_class:	per class: edges of the present state that take it, a list through
 *		@links; NFA_NONE ends it
 * @used:	classes with a list
 */
struct subset {
	const struct nfa *nfa;
	const struct alphabet *alphabet;
	struct dfa *dfa;
	size_t states_max;
	struct interner members;
	uint32_t *mark;
	uint32_t round;
	uint32_t *next;
	size_t next_count;
	uint32_t *state;	/* members of the present state, copied */
	size_t state_count, state_capacity;
	uint32_t by_class[256];
	uint32_t used[256];
	size_t used_count;
	struct link {
		uint32_t next, to;
	} *links;
	size_t link_count, link_capacity;
	uint32_t *sets;		/* edges of the present state that take a set */
	size_t set_count, set_capacity;
};

void dfa_done(struct dfa *dfa)
{
	free(dfa->states);
	free(dfa->edges);
	interner_done(&dfa->accepts);
	*dfa = (struct dfa){ 0 };
}

static void subset_done(struct subset *s)
{
	interner_done(&s->members);
	free(s->mark);
	free(s->next);
	free(s->state);
	free(s->links);
	free(s->sets);
}

/* A node and all it leads to without a byte. The depth is that of stars in one pattern. */
static void put(struct subset *s, uint32_t node)
{
	const struct nfa *nfa = s->nfa;

	if (s->mark[node] == s->round)
		return;
	s->mark[node] = s->round;
	s->next[s->next_count++] = node;
	if (!nfa->nodes[node].spontaneous)
		return;
	for (uint32_t e = nfa->nodes[node].first_edge; e != NFA_NONE; e = nfa->edges[e].next) {
		token_t token = nfa->edges[e].token;

		if (token == NFA_EXIT || (token >= TOKEN_STAR && token < TOKEN_SET))
			put(s, nfa->edges[e].to);
	}
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void sort(uint32_t *values, size_t count)
{
	if (count > 24) {
		qsort(values, count, sizeof(*values), compare);
		return;
	}
	for (size_t i = 1; i < count; i++) {
		uint32_t v = values[i];
		size_t k = i;

		for (; k > 0 && values[k - 1] > v; k--)
			values[k] = values[k - 1];
		values[k] = v;
	}
}

/* The accept set of the nodes in s->next; s->state is free to be written to. */
static int accept_set(struct subset *s, uint32_t *ret)
{
	size_t count = 0, unique = 0;
	int r;

	for (size_t i = 0; i < s->next_count; i++) {
		uint32_t a = s->nfa->nodes[s->next[i]].first_accept;

		for (; a != NFA_NONE; a = s->nfa->accepts[a].next) {
			r = array_grow(&s->sets, count, &s->set_capacity, sizeof(*s->sets));
			if (r < 0)
				return r;
			s->sets[count++] = s->nfa->accepts[a].pattern;
		}
	}
	sort(s->sets, count);
	for (size_t i = 0; i < count; i++)
		if (!i || s->sets[i] != s->sets[i - 1])
			s->sets[unique++] = s->sets[i];
	return interner_add(&s->dfa->accepts, s->sets, unique, ret);
}

/* The state of the set in s->next, made when it is new. Clobbers s->sets when it is. */
static int intern_state(struct subset *s, uint32_t *ret, bool *ret_new)
{
	struct dfa *dfa = s->dfa;
	int r;

	sort(s->next, s->next_count);
	r = interner_add(&s->members, s->next, s->next_count, ret);
	*ret_new = *ret == dfa->state_count;
	if (r < 0 || !*ret_new)
		return r;
	if (dfa->state_count >= s->states_max || s->members.value_count > DFA_MEMBERS_MAX)
		return -E2BIG;
	r = array_grow(&dfa->states, dfa->state_count + 1, &dfa->state_capacity, sizeof(*dfa->states));
	if (r < 0)
		return r;
	dfa->states[dfa->state_count] = (struct dfa_state){ 0 };
	dfa->state_count++;
	return 0;
}

static int add_link(struct subset *s, uint32_t class, uint32_t to)
{
	int r = array_grow(&s->links, s->link_count, &s->link_capacity, sizeof(*s->links));

	if (r < 0)
		return r;
	if (s->by_class[class] == NFA_NONE)
		s->used[s->used_count++] = class;
	if (to == NFA_NONE && s->by_class[class] != NFA_NONE)
		return 0;
	s->links[s->link_count] = (struct link){ s->by_class[class], to };
	s->by_class[class] = (uint32_t)s->link_count++;
	return 0;
}

/* A set speaks of other classes than class 0 does: those get a list, empty perhaps. */
static int add_set(struct subset *s, uint32_t edge)
{
	uint32_t set = s->nfa->edges[edge].token - TOKEN_SET;
	bool other = alphabet_holds(s->alphabet, set, 0);
	int r = array_grow(&s->sets, s->set_count, &s->set_capacity, sizeof(*s->sets));

	if (r < 0)
		return r;
	s->sets[s->set_count++] = edge;
	for (uint32_t c = 1; c < s->alphabet->class_count && !r; c++)
		if (alphabet_holds(s->alphabet, set, c) != other)
			r = add_link(s, c, NFA_NONE);
	return r;
}

/* Sort the edges of the present state by class. */
static int collect(struct subset *s)
{
	uint32_t slash = s->alphabet->class_of['/'];
	int r;

	while (s->used_count)
		s->by_class[s->used[--s->used_count]] = NFA_NONE;
	s->link_count = 0;
	s->set_count = 0;
	r = add_link(s, slash, NFA_NONE);
	for (size_t i = 0; i < s->state_count && !r; i++) {
		uint32_t e = s->nfa->nodes[s->state[i]].first_edge;

		for (; e != NFA_NONE && !r; e = s->nfa->edges[e].next) {
			token_t token = s->nfa->edges[e].token;

			if (token < 256)
				r = add_link(s, s->alphabet->class_of[token], s->nfa->edges[e].to);
			else if (token == TOKEN_NAMES)
				r = add_link(s, slash, s->nfa->edges[e].to + 1);
			else if (token >= TOKEN_SET && token != NFA_EXIT)
				r = add_set(s, e);
		}
	}
	return r;
}

/* s->next becomes the set that the present state leads to with a class. */
static void step(struct subset *s, uint32_t class)
{
	bool slash = class == s->alphabet->class_of['/'];

	s->round++;
	s->next_count = 0;
	for (size_t i = 0; i < s->state_count; i++) {
		uint8_t loop = s->nfa->nodes[s->state[i]].loop;

		if (loop == NFA_STAY || (loop == NFA_STAY_IN_NAME && !slash))
			put(s, s->state[i]);
	}
	for (size_t i = 0; i < s->set_count; i++) {
		const struct nfa_edge *edge = &s->nfa->edges[s->sets[i]];

		if (alphabet_holds(s->alphabet, edge->token - TOKEN_SET, class))
			put(s, edge->to);
	}
	for (uint32_t l = s->by_class[class]; l != NFA_NONE; l = s->links[l].next)
		if (s->links[l].to != NFA_NONE)
			put(s, s->links[l].to);
}

static int add_edge(struct dfa *dfa, uint32_t class, uint32_t to)
{
	int r = array_grow(&dfa->edges, dfa->edge_count, &dfa->edge_capacity, sizeof(*dfa->edges));

	if (r < 0)
		return r;
	if (dfa->edge_count >= UINT32_MAX - 1)
		return -E2BIG;
	dfa->edges[dfa->edge_count++] = (struct dfa_edge){ to, class };
	return 0;
}

static int load_state(struct subset *s, uint32_t state)
{
	size_t count;
	const uint32_t *members = interner_get(&s->members, state, &count);

	while (count > s->state_capacity) {
		int r = array_grow(&s->state, s->state_capacity, &s->state_capacity, sizeof(*s->state));

		if (r < 0)
			return r;
	}
	if (count)
		memcpy(s->state, members, count * sizeof(*members));
	s->state_count = count;
	return 0;
}

/* All edges of a state, in ascending order of class. */
static int expand(struct subset *s, uint32_t state)
{
	struct dfa *dfa = s->dfa;
	uint32_t fallback, to;
	bool new;
	int r;

	r = load_state(s, state);
	if (!r)
		r = collect(s);
	if (r < 0)
		return r;
	dfa->states[state].first_edge = (uint32_t)dfa->edge_count;
	step(s, 0);
	r = intern_state(s, &fallback, &new);
	if (r < 0)
		return r;
	dfa->states[state].fallback = fallback;
	sort(s->used, s->used_count);
	for (size_t i = 0; i < s->used_count; i++) {
		if (s->used[i] == 0)
			continue;
		step(s, s->used[i]);
		r = intern_state(s, &to, &new);
		if (!r && to != fallback)
			r = add_edge(dfa, s->used[i], to);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The accept set of a state whose members are loaded. */
static int decide_accept(struct subset *s, uint32_t state)
{
	uint32_t set;
	int r;

	memcpy(s->next, s->state, s->state_count * sizeof(*s->next));
	s->next_count = s->state_count;
	r = accept_set(s, &set);
	if (!r)
		s->dfa->states[state].outcome = set;
	return r;
}

static int run(struct subset *s)
{
	struct dfa *dfa = s->dfa;
	uint32_t state, none;
	bool new;
	int r;

	r = interner_add(&dfa->accepts, NULL, 0, &none);
	if (!r)
		r = intern_state(s, &state, &new);	/* no members: dead */
	if (r < 0)
		return r;
	s->round++;
	put(s, NFA_ROOT);
	r = intern_state(s, &dfa->start, &new);
	for (state = 0; state < dfa->state_count && !r; state++) {
		r = expand(s, state);
		if (!r)
			r = decide_accept(s, state);
	}
	if (!r)
		r = array_grow(&dfa->states, dfa->state_count, &dfa->state_capacity,
			 sizeof(*dfa->states));
	if (!r)
		dfa->states[dfa->state_count] =
			(struct dfa_state){ .first_edge = (uint32_t)dfa->edge_count };
	return r;
}

int dfa_build(const struct nfa *nfa, const struct alphabet *alphabet, size_t states_max,
	      struct dfa *ret)
{
	struct subset s = { .nfa = nfa, .alphabet = alphabet, .states_max = states_max };
	struct dfa dfa = { 0 };
	int r = -ENOMEM;

	s.dfa = &dfa;
	s.mark = calloc(nfa->node_count, sizeof(*s.mark));
	s.next = calloc(nfa->node_count, sizeof(*s.next));
	s.state = calloc(1, sizeof(*s.state));
	s.state_capacity = 1;
	for (size_t i = 0; i < 256; i++)
		s.by_class[i] = NFA_NONE;
	if (s.mark && s.next && s.state)
		r = run(&s);
	subset_done(&s);
	if (r < 0)
		dfa_done(&dfa);
	else
		*ret = dfa;
	return r;
}

uint32_t dfa_next(const struct dfa *dfa, uint32_t state, uint32_t class)
{
	uint32_t low = dfa->states[state].first_edge, high = dfa->states[state + 1].first_edge;

	for (; low < high; low++)
		if (dfa->edges[low].class == class)
			return dfa->edges[low].to;
	return dfa->states[state].fallback;
}
