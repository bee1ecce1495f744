/* SPDX-License-Identifier: Apache-2.0 */
/* All patterns as one tree of tokens: what they start with alike is there once */
#ifndef BAILIWICK_COMPILE_NFA_H
#define BAILIWICK_COMPILE_NFA_H

#include <stddef.h>
#include <stdint.h>

#include "compile/token.h"

#define NFA_NONE UINT32_MAX
#define NFA_ROOT 0

/* What a node does with a byte no edge of it speaks about. */
enum nfa_loop {
	NFA_LEAVE,		/* it is left */
	NFA_STAY_IN_NAME,	/* every byte but '/' leads back to it */
	NFA_STAY,		/* every byte leads back to it */
};

/**
 * struct nfa_node - a place in the tree
 * @first_edge:	its edges, a list; NFA_NONE for none
 * @first_accept: patterns that end here, a list; NFA_NONE for none
 * @loop:	enum nfa_loop
 * @spontaneous: it has edges that take no byte
 *
 * An edge of TOKEN_STAR, TOKEN_CROSS or TOKEN_NAMES takes no byte. The target of
 * a TOKEN_NAMES edge is followed by its gate: the node with the next number,
 * entered from the edge's start by '/', which stays and leads to the target.
 */
struct nfa_node {
	uint32_t first_edge;
	uint32_t first_accept;
	uint8_t loop;
	uint8_t spontaneous;
};

struct nfa_edge {
	uint32_t next;
	uint32_t to;
	token_t token;
};

/* As a token of an edge: from a gate to what it guards; takes no byte. */
#define NFA_EXIT UINT16_MAX

struct nfa_accept {
	uint32_t next;
	uint32_t pattern;
};

struct nfa {
	struct nfa_node *nodes;
	size_t node_count, node_capacity;
	struct nfa_edge *edges;
	size_t edge_count, edge_capacity;
	struct nfa_accept *accepts;
	size_t accept_count, accept_capacity;
};

/** nfa_init() - the tree of no pattern; 0 or -ENOMEM */
int nfa_init(struct nfa *nfa);

/** nfa_done() - free what the tree holds */
void nfa_done(struct nfa *nfa);

/** nfa_add() - one alternative of a pattern; 0, -ENOMEM, or -E2BIG for a tree too large */
int nfa_add(struct nfa *nfa, const token_t *tokens, size_t count, uint32_t pattern);

#endif
