/* SPDX-License-Identifier: Apache-2.0 */
/* Longest prefix and port look-ups as nodes of sixteen */
#ifndef BAILIWICK_COMPILE_TRIE_H
#define BAILIWICK_COMPILE_TRIE_H

#include <stddef.h>
#include <stdint.h>

#include "compile/interner.h"
#include "image/writer.h"

/**
 * struct prefix_node - a bit of an address
 * @child:	index of the node for 0 and 1, 0 for none
 * @members:	first of the numbers noted here, a list; UINT32_MAX for none
 */
struct prefix_node {
	uint32_t child[2];
	uint32_t members;
};

struct prefix_member {
	uint32_t next;
	uint32_t number;
};

/** struct prefix_tree - numbers noted under prefixes, bit by bit; node 0 is the root */
struct prefix_tree {
	struct prefix_node *nodes;
	size_t node_count, node_capacity;
	struct prefix_member *members;
	size_t member_count, member_capacity;
};

/** prefix_tree_init() - an empty tree; 0 or -ENOMEM */
int prefix_tree_init(struct prefix_tree *tree);

/** prefix_tree_done() - free what it holds */
void prefix_tree_done(struct prefix_tree *tree);

/** prefix_tree_add() - note a number under a prefix of @bits bits; 0 or -ENOMEM */
int prefix_tree_add(struct prefix_tree *tree, const uint8_t *address, uint32_t bits,
		    uint32_t number);

/**
 * struct trie - nodes of SECTION_TRIE, equal ones kept once
 * @nodes:	rows of 16 slots; children have a smaller index than their parents
 *		until trie_write() turns the order around
 */
struct trie {
	struct interner nodes;
};

/** trie_done() - free what it holds */
void trie_done(struct trie *trie);

/**
 * trie_add_prefixes() - lower a tree of prefixes
 * @sets:	receives the set of numbers of each leaf, ascending
 * @class_of:	set -> class; NULL to collect the sets alone, nothing is added then
 * @ret_root:	the root's index, for trie_position()
 */
int trie_add_prefixes(struct trie *trie, const struct prefix_tree *tree, struct interner *sets,
		      const uint32_t *class_of, uint32_t *ret_root);

/** trie_add_ports() - lower classes of all 65536 ports */
int trie_add_ports(struct trie *trie, const uint32_t *classes, uint32_t *ret_root);

/** trie_position() - where a root stands in the image, once nothing more is added */
uint32_t trie_position(const struct trie *trie, uint32_t root);

/** trie_write() - SECTION_TRIE */
int trie_write(const struct trie *trie, struct image_writer *writer);

#endif
