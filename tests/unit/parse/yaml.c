// SPDX-License-Identifier: Apache-2.0
/* YAML to the located tree */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag/diag.h"
#include "parse/doc.h"

struct fixture {
	struct diag *diag;
	struct source *source;
	struct doc *doc;
	int answer;
	char *messages;
};

static void parse(struct fixture *f, const char *text)
{
	size_t size;
	FILE *stream;

	memset(f, 0, sizeof(*f));
	f->diag = diag_new();
	assert_int_equal(source_new("f", text, strlen(text), &f->source), 0);
	f->answer = doc_parse(f->source, f->diag, &f->doc);
	assert_int_equal(f->answer != 0, diag_errors(f->diag) != 0);
	assert_int_equal(f->answer == 0, f->doc != NULL);
	stream = open_memstream(&f->messages, &size);
	diag_print(f->diag, stream, DIAG_PLAIN);
	fclose(stream);
}

static void done(struct fixture *f)
{
	doc_free(f->doc);
	source_free(f->source);
	diag_free(f->diag);
	free(f->messages);
}

static void builds_the_tree(void **state)
{
	const struct node *node;
	struct fixture f;

	(void)state;
	parse(&f, "a: x\nb: [1, 'two', \"th\\x72ee\", ~]\nc: {d: , e: null, f: 'null'}\ng: {}\nh: []\n");
	assert_int_equal(f.answer, 0);
	node = &f.doc->root;
	assert_int_equal(node->kind, NODE_MAPPING);
	assert_int_equal(node->count, 5);
	assert_true(node_is(&node->items[0], "a"));
	assert_true(node_is(&node->items[1], "x"));
	assert_false(node->items[1].quoted);
	node = &f.doc->root.items[3];
	assert_int_equal(node->kind, NODE_LIST);
	assert_int_equal(node->count, 4);
	assert_true(node_is(&node->items[0], "1"));
	assert_true(node_is(&node->items[1], "two"));
	assert_true(node->items[1].quoted);
	assert_true(node_is(&node->items[2], "three"));
	assert_int_equal(node->items[3].kind, NODE_NULL);
	node = &f.doc->root.items[5];
	assert_int_equal(node->count, 3);
	assert_int_equal(node->items[1].kind, NODE_NULL);
	assert_int_equal(node->items[3].kind, NODE_NULL);
	assert_true(node_is(&node->items[5], "null"));
	assert_int_equal(f.doc->root.items[7].kind, NODE_MAPPING);
	assert_int_equal(f.doc->root.items[7].count, 0);
	assert_int_equal(f.doc->root.items[9].count, 0);
	done(&f);
}

static void refuses(const char *text, const char *expected)
{
	struct fixture f;

	parse(&f, text);
	assert_int_equal(f.answer, 1);
	if (strncmp(f.messages, expected, strlen(expected)) != 0)
		fail_msg("%s\nexpected: %s", f.messages, expected);
	done(&f);
}

static void refuses_what_is_more_than_data(void **state)
{
	(void)state;
	refuses("a: &x 1\nb: *x\n", "f:1:5: error: anchors");
	refuses("a: *x\n", "f:1:5: error: aliases");
	refuses("a: !!str x\n", "f:1:4: error: tags");
	refuses("a: &x [1]\n", "f:1:5: error: anchors");
	refuses("a: !m {}\n", "f:1:4: error: tags");
	refuses("%YAML 1.2\n---\na: 1\n", "f:1:1: error: YAML directives");
	refuses("%TAG ! tag:x,2000:\n---\na: 1\n", "f:1:1: error: YAML directives");
	refuses("a: 1\n---\nb: 1\n", "f:2:1: error: a second document");
	refuses("a: 1\n...\nb: 1\n", "f:3:1: error: a second document");
	refuses("a: 1\na: 2\n", "f:2:1: error: 'a' is written twice");
	refuses("? {x: y}\n: 1\n", "f:1:3: error: a key must be a word");
	refuses("a: \"x\\0y\"\n", "f:1:5: error: NUL");
	refuses("", "f: error: is empty");
	refuses("[]", "f:1:1: error: a policy is a mapping");
}

static void syntax_errors_have_places(void **state)
{
	(void)state;
	refuses("a: [1, 2\n", "f:2:1: error: not valid YAML: ");
	refuses("a: b: c\n", "f:1:");
	refuses("\ta: 1\n", "f:1:");
	refuses("a: \"x\n", "f:1:");
	refuses("a: 'x\n\n", "f:1:");
	refuses("a: {b\n", "f:");
	refuses("}", "f:1:1");
	refuses("a: |x\n", "f:1:");
}

static void depth_has_a_limit(void **state)
{
	char text[200], *at = text;
	struct fixture f;
	int i;

	(void)state;
	/* the mapping around it is a level too */
	at += sprintf(at, "a: ");
	for (i = 0; i < DOC_DEPTH_MAX - 1; i++)
		*at++ = '[';
	for (i = 0; i < DOC_DEPTH_MAX - 1; i++)
		*at++ = ']';
	strcpy(at, "\n");
	parse(&f, text);
	assert_int_equal(f.answer, 0);
	done(&f);
	memmove(text + 4, text + 3, strlen(text + 3) + 1);
	refuses(text, "f:1:19: error: more than 16 lists and mappings inside each other (DOC_DEPTH_MAX)");
}

static void large_mappings_are_compared_too(void **state)
{
	static char text[20000];
	char *at = text;
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		at += sprintf(at, "key%d: 1\n", i);
	strcpy(at, "key500: 2\n");
	refuses(text, "f:1001:1: error: 'key500' is written twice");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(builds_the_tree),
		cmocka_unit_test(refuses_what_is_more_than_data),
		cmocka_unit_test(syntax_errors_have_places),
		cmocka_unit_test(depth_has_a_limit),
		cmocka_unit_test(large_mappings_are_compared_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
