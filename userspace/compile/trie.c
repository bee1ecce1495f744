/* SPDX-License-Identifier: Apache-2.0 */
/* Longest prefix and port look-ups as nodes of sixteen */
#include "compile/trie.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "compile/array.h"

#define LEAF BAILIWICK_TRIE_LEAF
#define NOBODY UINT32_MAX

static int add_node(struct prefix_tree *tree, uint32_t *ret)
{
	int r = array_grow(&tree->nodes, tree->node_count, &tree->node_capacity,
			   sizeof(*tree->nodes));

	if (r < 0)
		return r;
	*ret = (uint32_t)tree->node_count++;
	tree->nodes[*ret] = (struct prefix_node){ { 0, 0 }, NOBODY };
	return 0;
}

int prefix_tree_init(struct prefix_tree *tree)
{
	uint32_t root;

	*tree = (struct prefix_tree){ 0 };
	return add_node(tree, &root);
}

void prefix_tree_done(struct prefix_tree *tree)
{
	free(tree->nodes);
	free(tree->members);
	*tree = (struct prefix_tree){ 0 };
}

static uint32_t bit_of(const uint8_t *address, uint32_t bit)
{
	return address[bit / 8] >> (7 - bit % 8) & 1;
}

int prefix_tree_add(struct prefix_tree *tree, const uint8_t *address, uint32_t bits,
		    uint32_t number)
{
	uint32_t node = 0, next;
	int r;

	for (uint32_t i = 0; i < bits; i++, node = next) {
		next = tree->nodes[node].child[bit_of(address, i)];
		if (next)
			continue;
		r = add_node(tree, &next);
		if (r < 0)
			return r;
		tree->nodes[node].child[bit_of(address, i)] = next;
	}
	r = array_grow(&tree->members, tree->member_count, &tree->member_capacity,
		       sizeof(*tree->members));
	if (r < 0)
		return r;
	tree->members[tree->member_count] =
		(struct prefix_member){ tree->nodes[node].members, number };
	tree->nodes[node].members = (uint32_t)tree->member_count++;
	return 0;
}

void trie_done(struct trie *trie)
{
	interner_done(&trie->nodes);
}

/**
 * struct lowerer - a tree on its way to nodes of sixteen
 * @class_of:	NULL while only sets are collected
 */
struct lowerer {
	const struct prefix_tree *tree;
	struct trie *trie;
	struct interner *sets;
	const uint32_t *class_of;
};

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* The set @set together with the numbers noted at a node. */
static int join(const struct lowerer *w, uint32_t set, uint32_t node, uint32_t *ret)
{
	_cleanup_free_ uint32_t *all = NULL;
	size_t count, capacity, unique = 0;
	const uint32_t *have;
	int r = 0;

	*ret = set;
	if (w->tree->nodes[node].members == NOBODY)
		return 0;
	have = interner_get(w->sets, set, &count);
	capacity = count;
	all = calloc(count ? count : 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	if (count)
		memcpy(all, have, count * sizeof(*all));
	else
		capacity = 1;
	for (uint32_t m = w->tree->nodes[node].members; m != NOBODY && !r;
	     m = w->tree->members[m].next) {
		r = array_grow(&all, count, &capacity, sizeof(*all));
		if (!r)
			all[count++] = w->tree->members[m].number;
	}
	if (r < 0)
		return r;
	qsort(all, count, sizeof(*all), compare);
	for (size_t i = 0; i < count; i++)
		if (!i || all[i] != all[i - 1])
			all[unique++] = all[i];
	return interner_add(w->sets, all, unique, ret);
}

/* A node of sixteen, or what all of its slots hold if they are one leaf. */
static int add_sixteen(struct trie *trie, const uint32_t slots[16], uint32_t *ret)
{
	bool same = slots[0] & LEAF;

	for (size_t i = 1; i < 16; i++)
		same &= slots[i] == slots[0];
	*ret = slots[0];
	return same ? 0 : interner_add(&trie->nodes, slots, 16, ret);
}

static int lower(const struct lowerer *w, uint32_t node, uint32_t set, uint32_t *ret);

/* Fill the slots below a node, @bits more bits deep. */
static int fill(const struct lowerer *w, uint32_t node, uint32_t set, uint32_t bits,
		uint32_t *slots)
{
	const struct prefix_node *n = &w->tree->nodes[node];
	int r = 0;

	if (!bits)
		return lower(w, node, set, slots);
	for (uint32_t i = 0; i < 2 && !r; i++) {
		uint32_t *half = slots + (i << (bits - 1)), below = set;

		if (n->child[i]) {
			r = join(w, set, n->child[i], &below);
			if (!r)
				r = fill(w, n->child[i], below, bits - 1, half);
			continue;
		}
		for (uint32_t k = 0; k < 1u << (bits - 1); k++)
			half[k] = LEAF | (w->class_of ? w->class_of[set] : 0);
	}
	return r;
}

static int lower(const struct lowerer *w, uint32_t node, uint32_t set, uint32_t *ret)
{
	const struct prefix_node *n = &w->tree->nodes[node];
	uint32_t slots[16];
	int r;

	if (!n->child[0] && !n->child[1]) {
		*ret = LEAF | (w->class_of ? w->class_of[set] : 0);
		return 0;
	}
	r = fill(w, node, set, 4, slots);
	if (r || !w->class_of)
		return r;
	return add_sixteen(w->trie, slots, ret);
}

/* A root is a node, whatever it says. */
static int add_root(struct trie *trie, uint32_t slot, uint32_t *ret)
{
	uint32_t slots[16];

	*ret = slot;
	if (!(slot & LEAF))
		return 0;
	for (size_t i = 0; i < 16; i++)
		slots[i] = slot;
	return interner_add(&trie->nodes, slots, 16, ret);
}

int trie_add_prefixes(struct trie *trie, const struct prefix_tree *tree, struct interner *sets,
		      const uint32_t *class_of, uint32_t *ret_root)
{
	const struct lowerer w = { tree, trie, sets, class_of };
	uint32_t empty, set, slot = LEAF;
	int r = interner_add(sets, NULL, 0, &empty);

	if (!r)
		r = join(&w, empty, 0, &set);
	if (!r)
		r = lower(&w, 0, set, &slot);
	return r || !class_of ? r : add_root(trie, slot, ret_root);
}

static int lower_ports(struct trie *trie, const uint32_t *classes, uint32_t ports, uint32_t *ret)
{
	uint32_t slots[16];
	int r = 0;

	if (ports == 1) {
		*ret = LEAF | *classes;
		return 0;
	}
	for (uint32_t i = 0; i < 16 && !r; i++)
		r = lower_ports(trie, classes + i * (ports / 16), ports / 16, &slots[i]);
	return r ? r : add_sixteen(trie, slots, ret);
}

int trie_add_ports(struct trie *trie, const uint32_t *classes, uint32_t *ret_root)
{
	uint32_t slot;
	int r = lower_ports(trie, classes, 65536, &slot);

	return r ? r : add_root(trie, slot, ret_root);
}

uint32_t trie_position(const struct trie *trie, uint32_t root)
{
	return (uint32_t)trie->nodes.count - 1 - root;
}

int trie_write(const struct trie *trie, struct image_writer *writer)
{
	int r = 0;

	for (size_t i = trie->nodes.count; i-- > 0 && !r;) {
		struct bailiwick_trie_node record;
		size_t count;
		const uint32_t *slots = interner_get(&trie->nodes, (uint32_t)i, &count);

		for (size_t k = 0; k < 16; k++)
			record.slot[k] = slots[k] & LEAF ? slots[k] : trie_position(trie, slots[k]);
		r = image_writer_add(writer, BAILIWICK_SECTION_TRIE, &record, sizeof(record));
	}
	return r;
}
