// SPDX-License-Identifier: Apache-2.0
/* The located tree: questions about it */
#include "parse/doc.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

struct doc *doc_free(struct doc *doc)
{
	if (!doc)
		return NULL;
	arena_free(doc->arena);
	free(doc);
	return NULL;
}

struct location doc_place(const struct doc *doc, const struct node *node)
{
	return source_place(doc->source, node->offset, node->length);
}

bool node_is(const struct node *node, const char *text)
{
	return node->kind == NODE_SCALAR && !strcmp(node->text, text);
}

const char *node_kind_name(const struct node *node)
{
	switch (node->kind) {
	case NODE_SCALAR:
		return "a single value";
	case NODE_LIST:
		return "a list";
	case NODE_MAPPING:
		return "a mapping";
	default:
		return "nothing";
	}
}
