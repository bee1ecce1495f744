// SPDX-License-Identifier: Apache-2.0
/* The located tree: questions about it */
#include "parse/doc.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"

struct doc *doc_free(struct doc *doc)
{
	if (!doc)
		return NULL;
	arena_free(doc->arena);
	free(doc);
	return NULL;
}

struct location node_place(const struct source *source, const struct node *node)
{
	const char *text = source->text + node->offset;
	size_t size = source->size - node->offset, length;
	struct location at = {
		.source = source, .line = node->line, .column = node->column,
	};

	size = node->length < size ? node->length : size;
	for (length = 0; length < size && text[length] != '\n' && text[length] != '\r'; )
		length++;
	at.length = (uint32_t)utf8_length(text, length);
	if (!at.length)
		at.length = 1;
	return at;
}

struct location doc_place(const struct doc *doc, const struct node *node)
{
	return node_place(doc->source, node);
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
