// SPDX-License-Identifier: Apache-2.0
/* Questions about the tree */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "diag/diag.h"
#include "parse/doc.h"

static void words_and_kinds(void **state)
{
	struct node scalar = { .kind = NODE_SCALAR, .text = "x" };
	struct node list = { .kind = NODE_LIST }, map = { .kind = NODE_MAPPING }, null = { 0 };

	(void)state;
	assert_true(node_is(&scalar, "x"));
	assert_false(node_is(&scalar, "y"));
	assert_false(node_is(&list, "x"));
	assert_string_equal(node_kind_name(&scalar), "a single value");
	assert_string_equal(node_kind_name(&list), "a list");
	assert_string_equal(node_kind_name(&map), "a mapping");
	assert_string_equal(node_kind_name(&null), "nothing");
}

/* Every node's place is what counting from its offset gives */
static size_t check_places(const struct source *source, const struct node *node)
{
	struct location kept = node_place(source, node);
	struct location counted = source_place(source, node->offset, node->length);
	size_t items = node->kind == NODE_LIST ? node->count :
		       node->kind == NODE_MAPPING ? 2 * node->count : 0, i, sum = 1;

	assert_int_equal(kept.line, counted.line);
	assert_int_equal(kept.column, counted.column);
	assert_int_equal(kept.length, counted.length);
	for (i = 0; i < items; i++)
		sum += check_places(source, &node->items[i]);
	return sum;
}

static void places_agree_with_counting(void **state)
{
	static const char text[] =
		"a: [x, \"\xc3\xa9 y\", {b: c}]\r\n"
		"\xc3\xbc\xe6\x97\xa5: \xc3\xa9\xc3\xa9 # \xc3\xa9\n"
		"list:\n  -\tone\n  - 'two'\n  -\n  - |\n    block\n    text\n"
		"m: {\xc3\xa9: \xc3\xa9, b: , c: \"d\\n\"}\n"
		"plain: over\n  two lines\nlast:";
	struct diag *diag = diag_new();
	struct source *source = NULL;
	struct doc *doc = NULL;

	(void)state;
	assert_int_equal(source_new("f", text, sizeof(text) - 1, &source), 0);
	assert_int_equal(doc_parse(source, diag, &doc), 0);
	assert_int_equal(check_places(source, &doc->root), 28);
	assert_null(doc_free(doc));
	assert_null(doc_free(NULL));
	source_free(source);
	diag_free(diag);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_and_kinds),
		cmocka_unit_test(places_agree_with_counting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
