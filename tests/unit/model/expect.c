// SPDX-License-Identifier: Apache-2.0
/* Reading the tree with expectations */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <bailiwick/vocab.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/unit/model/fixture.h"
#include "model/expect.h"

struct seen {
	int count;
	const struct node *last;
};

static int see(struct build *build, void *thing, const struct node *value)
{
	struct seen *seen = thing;

	(void)build;
	seen->count++;
	seen->last = value;
	return 0;
}

static const struct key keys[] = { { "one", see }, { "two", see } };

struct tree {
	struct build build;
	struct source *source;
	struct doc *doc;
};

static void plant(struct tree *tree, const char *text)
{
	memset(tree, 0, sizeof(*tree));
	tree->build.diag = diag_new();
	tree->build.arena = arena_new();
	assert_int_equal(source_new("f", text, strlen(text), &tree->source), 0);
	assert_int_equal(doc_parse(tree->source, tree->build.diag, &tree->doc), 0);
	tree->build.doc = tree->doc;
}

static void fell(struct tree *tree)
{
	doc_free(tree->doc);
	source_free(tree->source);
	arena_free(tree->build.arena);
	diag_free(tree->build.diag);
}

static void known_keys_are_taken(void **state)
{
	struct seen seen = { 0 };
	struct tree tree;

	(void)state;
	plant(&tree, "one: 1\ntwo: x\nthree: 3\n");
	assert_int_equal(expect_mapping(&tree.build, &tree.doc->root, "it", keys, 2, &seen), 0);
	assert_int_equal(seen.count, 2);
	assert_true(node_is(seen.last, "x"));
	assert_int_equal(diag_errors(tree.build.diag), 1);
	assert_true(node_is(find_value(&tree.doc->root, "three"), "3"));
	assert_null(find_value(&tree.doc->root, "four"));
	fell(&tree);
	plant(&tree, "one:\ntwo: ~\n");
	seen.count = 0;
	assert_int_equal(expect_mapping(&tree.build, &tree.doc->root, "it", keys, 2, &seen), 0);
	assert_int_equal(seen.count, 0);
	assert_int_equal(diag_errors(tree.build.diag), 2);
	fell(&tree);
}

static void one_value_is_a_list_of_one(void **state)
{
	struct elements elements;
	struct tree tree;

	(void)state;
	plant(&tree, "a: x\nb: [y, z]\nc: []\n");
	elements = expect_elements(find_value(&tree.doc->root, "a"));
	assert_int_equal(elements.count, 1);
	assert_true(node_is(elements.items, "x"));
	elements = expect_elements(find_value(&tree.doc->root, "b"));
	assert_int_equal(elements.count, 2);
	elements = expect_list(&tree.build, find_value(&tree.doc->root, "a"), "it");
	assert_int_equal(elements.count, 0);
	assert_int_equal(diag_errors(tree.build.diag), 1);
	elements = expect_elements(find_value(&tree.doc->root, "c"));
	assert_false(expect_nonempty(&tree.build, &tree.doc->root, elements, "it"));
	fell(&tree);
}

static void masks(void **state)
{
	struct tree tree;
	uint64_t mask = 7;

	(void)state;
	plant(&tree, "a: [read, write]\nb: all\nc: [read, read, bogus]\n");
	assert_int_equal(expect_mask(&tree.build, find_value(&tree.doc->root, "a"),
				     &vocabulary_rights, 0, &mask), 0);
	assert_true(mask == (BAILIWICK_RIGHT_READ | BAILIWICK_RIGHT_WRITE));
	expect_mask(&tree.build, find_value(&tree.doc->root, "b"), &vocabulary_rights, 42, &mask);
	assert_true(mask == 42);
	assert_int_equal(diag_errors(tree.build.diag), 0);
	expect_mask(&tree.build, find_value(&tree.doc->root, "c"), &vocabulary_rights, 0, &mask);
	assert_true(mask == BAILIWICK_RIGHT_READ);
	assert_int_equal(diag_errors(tree.build.diag), 1);
	assert_int_equal(diag_warnings(tree.build.diag), 1);
	fell(&tree);
}

static void parts_of_a_text(void **state)
{
	const struct node *node;
	struct location at;
	struct tree tree;

	(void)state;
	plant(&tree, "a: \xc3\xa9-xyz\nb: \"x\\tyz\"\n");
	node = find_value(&tree.doc->root, "a");
	at = place_part(&tree.build, node, 3, 2);
	assert_int_equal(at.line, 1);
	assert_int_equal(at.column, 6);
	assert_int_equal(at.length, 2);
	at = place_part(&tree.build, node, 100, 100);
	assert_int_equal(at.column, 9);
	assert_int_equal(at.length, 1);
	/* with escapes in it, the whole text is pointed at */
	at = place_part(&tree.build, find_value(&tree.doc->root, "b"), 2, 1);
	assert_int_equal(at.column, 5);
	assert_int_equal(at.length, 5);
	fell(&tree);
}

static void bools_and_copies(void **state)
{
	char *copy = NULL;
	struct tree tree;
	bool flag = false;

	(void)state;
	plant(&tree, "a: true\nb: 'true'\nc: yes\nd: text\ne: \"a\\nb\"\n");
	expect_bool(&tree.build, find_value(&tree.doc->root, "a"), "it", &flag);
	assert_true(flag);
	assert_int_equal(diag_errors(tree.build.diag), 0);
	expect_bool(&tree.build, find_value(&tree.doc->root, "b"), "it", &flag);
	expect_bool(&tree.build, find_value(&tree.doc->root, "c"), "it", &flag);
	assert_int_equal(diag_errors(tree.build.diag), 2);
	expect_copy(&tree.build, find_value(&tree.doc->root, "d"), "it", 4, "X", &copy);
	assert_string_equal(copy, "text");
	copy = NULL;
	expect_copy(&tree.build, find_value(&tree.doc->root, "d"), "it", 3, "X", &copy);
	expect_copy(&tree.build, find_value(&tree.doc->root, "e"), "it", 30, "X", &copy);
	assert_null(copy);
	assert_int_equal(diag_errors(tree.build.diag), 4);
	fell(&tree);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_keys_are_taken),
		cmocka_unit_test(one_value_is_a_list_of_one),
		cmocka_unit_test(masks),
		cmocka_unit_test(parts_of_a_text),
		cmocka_unit_test(bools_and_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
