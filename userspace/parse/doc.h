/* SPDX-License-Identifier: Apache-2.0 */
/* A policy file as a located tree: all that is known of YAML outside this folder */
#ifndef BAILIWICK_PARSE_DOC_H
#define BAILIWICK_PARSE_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag/source.h"

/* Limits of one file, named in the message when they are passed */
#define FILE_SIZE_MAX (16u << 20)	/* bytes */
#define DOC_DEPTH_MAX 16		/* lists and mappings inside each other */
#define DOC_NODES_MAX 4000000		/* scalars, lists and mappings */

struct diag;

enum node_kind {
	NODE_NULL,	/* nothing was written, or null or ~ */
	NODE_SCALAR,
	NODE_LIST,
	NODE_MAPPING,
};

/**
 * struct node - a value of the document
 * @kind:	which of the members below are meaningful
 * @quoted:	NODE_SCALAR: written with quotes or as a block
 * @offset:	bytes into the source
 * @length:	bytes of the source to point at
 * @line:	1-based
 * @column:	1-based, in characters; kept, because counting them again for
 *		every node of a long line would take forever
 * @text:	NODE_SCALAR: NUL-terminated valid UTF-8 without a NUL inside
 * @items:	NODE_LIST: @count elements; NODE_MAPPING: @count pairs, the key
 *		of pair i (always a scalar, no two the same) at 2 * i, its value
 *		at 2 * i + 1
 * @count:	elements or pairs
 */
struct node {
	uint8_t kind;
	bool quoted;
	uint32_t offset;
	uint32_t length;
	uint32_t line;
	uint32_t column;
	uint32_t count;
	union {
		const char *text;
		struct node *items;
	};
};

/**
 * struct doc - one parsed file
 * @source:	the text; not owned
 * @root:	the top, always a mapping
 * @arena:	private: where the nodes live
 */
struct doc {
	const struct source *source;
	struct node root;
	struct arena *arena;
};

/**
 * doc_open() - read a policy file and refuse what is no text
 * @path:	as the user gave it
 * @ret:	the text, without a byte order mark
 *
 * Unreadable, special, empty, oversized and binary files are reported.
 *
 * Return: 0; positive when reported; negative errno on trouble.
 */
int doc_open(const char *path, struct diag *diag, struct source **ret);

/** doc_open_named() - as doc_open(), called @name in the source and in all messages */
int doc_open_named(const char *path, const char *name, struct diag *diag, struct source **ret);

/**
 * doc_check_text() - the part of doc_open() that looks at the bytes
 *
 * Return: 0, or positive when a mistake was reported.
 */
int doc_check_text(const struct source *source, struct diag *diag);

/**
 * doc_parse() - turn a text that doc_check_text() accepted into a tree
 * @source:	must outlive the document
 *
 * Anchors, aliases, tags, directives, duplicate keys, keys that are no words
 * and further documents are reported.
 *
 * Return: 0; positive when reported; negative errno on trouble.
 */
int doc_parse(const struct source *source, struct diag *diag, struct doc **ret);

/** doc_free() - free a document, not its source; NULL is fine; returns NULL */
struct doc *doc_free(struct doc *doc);

/** node_place() - where a node stands in its source */
struct location node_place(const struct source *source, const struct node *node);

/** doc_place() - where a node stands */
struct location doc_place(const struct doc *doc, const struct node *node);

/** node_is() - is this a scalar with exactly this text? */
bool node_is(const struct node *node, const char *text);

/** node_kind_name() - "a list", "a mapping", "a single value", "nothing" */
const char *node_kind_name(const struct node *node);

#endif
