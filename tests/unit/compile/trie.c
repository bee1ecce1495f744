// SPDX-License-Identifier: Apache-2.0
/* Longest prefixes and ports, against looking at every one */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "compile/trie.h"
#include "image/view.h"

#define PREFIXES 300

static uint64_t seed = 99;

static uint32_t any(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % below;
}

struct prefix {
	uint8_t bytes[16];
	uint32_t bits;
};

/* Addresses that share long prefixes: few values per byte. */
static void random_address(uint8_t bytes[16])
{
	for (int i = 0; i < 16; i++)
		bytes[i] = any(3) ? 0x20 : (uint8_t)(any(4) * 85);
}

static bool holds(const struct prefix *p, const uint8_t *address)
{
	for (uint32_t i = 0; i < p->bits; i++)
		if ((p->bytes[i / 8] ^ address[i / 8]) >> (7 - i % 8) & 1)
			return false;
	return true;
}

static void compare(uint32_t bits)
{
	struct prefix prefixes[PREFIXES];
	struct prefix_tree tree;
	struct interner sets = { 0 };
	struct trie trie = { .nodes = { 0 } };
	struct image_writer writer = { .header = { .version = 1 } };
	struct image_bytes bytes = { 0 };
	uint32_t *classes, root;
	image_t image;

	assert_int_equal(prefix_tree_init(&tree), 0);
	for (uint32_t i = 0; i < PREFIXES; i++) {
		random_address(prefixes[i].bytes);
		prefixes[i].bits = any(bits + 1);
		assert_int_equal(prefix_tree_add(&tree, prefixes[i].bytes, prefixes[i].bits, i), 0);
	}
	assert_int_equal(trie_add_prefixes(&trie, &tree, &sets, NULL, NULL), 0);
	assert_int_equal(trie.nodes.count, 0);
	classes = calloc(sets.count, sizeof(*classes));
	for (uint32_t i = 0; i < sets.count; i++)
		classes[i] = i;
	assert_int_equal(trie_add_prefixes(&trie, &tree, &sets, classes, &root), 0);
	assert_int_equal(trie_write(&trie, &writer), 0);
	assert_int_equal(image_writer_finish(&writer, &bytes), 0);
	image = (image_t){ bytes.data, bytes.size };
	for (int round = 0; round < 3000; round++) {
		uint8_t address[16];
		const uint32_t *set;
		size_t count, at = 0;

		random_address(address);
		set = interner_get(&sets, trie_class(image, trie_position(&trie, root), address,
						     bits / 4), &count);
		for (uint32_t i = 0; i < PREFIXES; i++) {
			bool there = at < count && set[at] == i;

			at += there;
			assert_int_equal(there, holds(&prefixes[i], address));
		}
	}
	free(classes);
	image_bytes_done(&bytes);
	image_writer_done(&writer);
	trie_done(&trie);
	interner_done(&sets);
	prefix_tree_done(&tree);
}

static void finds_all_prefixes_of_an_address(void **state)
{
	(void)state;
	compare(32);
	compare(128);
}

static void finds_every_port(void **state)
{
	struct trie trie = { .nodes = { 0 } };
	struct image_writer writer = { .header = { .version = 1 } };
	struct image_bytes bytes = { 0 };
	uint32_t *classes = calloc(65536, sizeof(*classes)), root, flat;
	image_t image;

	(void)state;
	assert_int_equal(trie_add_ports(&trie, classes, &flat), 0);
	assert_int_equal(trie.nodes.count, 1);	/* a root is a node, whatever it says */
	for (uint32_t i = 0; i < 65536; i++)
		classes[i] = i >= 6432 && i <= 6440 ? 2 : i == 22 || i == 65535 ? 1 : 0;
	assert_int_equal(trie_add_ports(&trie, classes, &root), 0);
	assert_true(trie.nodes.count < 20);
	assert_int_equal(trie_write(&trie, &writer), 0);
	assert_int_equal(image_writer_finish(&writer, &bytes), 0);
	image = (image_t){ bytes.data, bytes.size };
	for (uint32_t i = 0; i < 65536; i++) {
		uint8_t key[2] = { (uint8_t)(i >> 8), (uint8_t)i };

		assert_int_equal(trie_class(image, trie_position(&trie, root), key, 4), classes[i]);
		assert_int_equal(trie_class(image, trie_position(&trie, flat), key, 4), 0);
	}
	free(classes);
	image_bytes_done(&bytes);
	image_writer_done(&writer);
	trie_done(&trie);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_all_prefixes_of_an_address),
		cmocka_unit_test(finds_every_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
