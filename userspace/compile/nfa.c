/* SPDX-License-Identifier: Apache-2.0 */
/* All patterns as one tree of tokens: what they start with alike is there once */
#include "compile/nfa.h"

#include <errno.h>
#include <stdlib.h>

#include "compile/array.h"

#define NODES_MAX 64000000u

static int add_node(struct nfa *nfa, enum nfa_loop loop, uint32_t *ret)
{
	int r = array_grow(&nfa->nodes, nfa->node_count, &nfa->node_capacity, sizeof(*nfa->nodes));

	if (r < 0)
		return r;
	if (nfa->node_count >= NODES_MAX)
		return -E2BIG;
	*ret = (uint32_t)nfa->node_count++;
	nfa->nodes[*ret] = (struct nfa_node){ NFA_NONE, NFA_NONE, (uint8_t)loop, 0 };
	return 0;
}

static int add_edge(struct nfa *nfa, uint32_t from, token_t token, uint32_t to)
{
	int r = array_grow(&nfa->edges, nfa->edge_count, &nfa->edge_capacity, sizeof(*nfa->edges));

	if (r < 0)
		return r;
	nfa->edges[nfa->edge_count] = (struct nfa_edge){ nfa->nodes[from].first_edge, to, token };
	nfa->nodes[from].first_edge = (uint32_t)nfa->edge_count++;
	if (token >= TOKEN_STAR && (token < TOKEN_SET || token == NFA_EXIT))
		nfa->nodes[from].spontaneous = 1;
	return 0;
}

int nfa_init(struct nfa *nfa)
{
	uint32_t root;

	*nfa = (struct nfa){ 0 };
	return add_node(nfa, NFA_LEAVE, &root);
}

void nfa_done(struct nfa *nfa)
{
	free(nfa->nodes);
	free(nfa->edges);
	free(nfa->accepts);
	*nfa = (struct nfa){ 0 };
}

static int new_child(struct nfa *nfa, uint32_t from, token_t token, uint32_t *ret)
{
	enum nfa_loop loop = token == TOKEN_STAR ? NFA_STAY_IN_NAME :
			     token == TOKEN_CROSS ? NFA_STAY : NFA_LEAVE;
	uint32_t gate;
	int r;

	r = add_node(nfa, loop, ret);
	if (!r && token == TOKEN_NAMES) {
		r = add_node(nfa, NFA_STAY, &gate);
		if (!r)
			r = add_edge(nfa, gate, NFA_EXIT, *ret);
	}
	return r ? r : add_edge(nfa, from, token, *ret);
}

static int child(struct nfa *nfa, uint32_t from, token_t token, uint32_t *ret)
{
	for (uint32_t e = nfa->nodes[from].first_edge; e != NFA_NONE; e = nfa->edges[e].next) {
		if (nfa->edges[e].token == token) {
			*ret = nfa->edges[e].to;
			return 0;
		}
	}
	return new_child(nfa, from, token, ret);
}

int nfa_add(struct nfa *nfa, const token_t *tokens, size_t count, uint32_t pattern)
{
	uint32_t node = NFA_ROOT, a;
	int r;

	for (size_t i = 0; i < count; i++) {
		r = child(nfa, node, tokens[i], &node);
		if (r < 0)
			return r;
	}
	for (a = nfa->nodes[node].first_accept; a != NFA_NONE; a = nfa->accepts[a].next)
		if (nfa->accepts[a].pattern == pattern)
			return 0;
	r = array_grow(&nfa->accepts, nfa->accept_count, &nfa->accept_capacity, sizeof(*nfa->accepts));
	if (r < 0)
		return r;
	nfa->accepts[nfa->accept_count] =
		(struct nfa_accept){ nfa->nodes[node].first_accept, pattern };
	nfa->nodes[node].first_accept = (uint32_t)nfa->accept_count++;
	return 0;
}
