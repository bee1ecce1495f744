// SPDX-License-Identifier: Apache-2.0
/* YAML events to the located tree; the only file that knows libfyaml */
#include <errno.h>
#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/strmap.h"
#include "base/utf8.h"
#include "diag/diag.h"
#include "parse/doc.h"

/* libfyaml reads beyond what it was given: a line break and this much zero follow */
#define PADDING 16

static const char second_document[] = "a second document: one file holds one";

/* Mappings of up to so many keys are compared pair by pair */
#define SMALL_MAPPING 16

/**
 * struct level - a list or mapping that is still open
 * @node:	what it will be
 * @first:	index in the stack of nodes where its elements start
 */
struct level {
	struct node node;
	size_t first;
};

/**
 * struct builder - the tree while it grows
 * @stack:	finished nodes whose list or mapping is still open
 * @levels:	the open ones, outermost first
 * @nodes:	all nodes made so far
 * @end:	where the last event ended; the place of what was not written
 * @end_line, @end_column:	the same, 1-based
 */
struct builder {
	const struct source *source;
	struct diag *diag;
	struct arena *arena;
	struct node *stack;
	size_t stack_size;
	size_t stack_capacity;
	struct level levels[DOC_DEPTH_MAX];
	size_t depth;
	size_t nodes;
	size_t documents;
	size_t end;
	uint32_t end_line;
	uint32_t end_column;
};

DEFINE_CLEANUP(struct fy_parser *, fy_parser_destroy);
DEFINE_CLEANUP(struct fy_diag *, fy_diag_destroy);

static int mistake(struct builder *builder, const struct node *node, const char *text)
{
	struct location at = node_place(builder->source, node);

	return diag_error(builder->diag, &at, "%s", text);
}

/* The library may count the line break that was added; nothing stands behind the text */
static size_t clamp(const struct builder *builder, size_t offset)
{
	return offset < builder->source->size ? offset : builder->source->size;
}

static void place_mark(const struct builder *builder, const struct fy_mark *mark,
		       struct node *node)
{
	node->offset = (uint32_t)clamp(builder, mark->input_pos);
	node->line = (uint32_t)mark->line + 1;
	node->column = (uint32_t)mark->column + 1;
}

static void remember_end(struct builder *builder, const struct fy_mark *mark)
{
	builder->end = clamp(builder, mark->input_pos);
	builder->end_line = (uint32_t)mark->line + 1;
	builder->end_column = (uint32_t)mark->column + 1;
}

/* Where a token stands; a token that was not written is where the last event ended */
static void place_token(struct builder *builder, struct fy_token *token, struct node *node)
{
	const struct fy_mark *start = token ? fy_token_start_mark(token) : NULL;
	const struct fy_mark *end = token ? fy_token_end_mark(token) : NULL;

	if (!start || !end || end->input_pos < start->input_pos) {
		node->offset = (uint32_t)builder->end;
		node->length = 0;
		node->line = builder->end_line;
		node->column = builder->end_column;
		return;
	}
	node->length = (uint32_t)(end->input_pos - start->input_pos);
	place_mark(builder, start, node);
	remember_end(builder, end);
}

static int refuse_token(struct builder *builder, struct fy_token *token, const char *text)
{
	struct node node;

	place_token(builder, token, &node);
	return mistake(builder, &node, text);
}

/* Is the next node a key of the mapping that is open? */
static bool wants_key(const struct builder *builder)
{
	const struct level *level;

	if (!builder->depth)
		return false;
	level = &builder->levels[builder->depth - 1];
	return level->node.kind == NODE_MAPPING && (builder->stack_size - level->first) % 2 == 0;
}

static int push(struct builder *builder, const struct node *node)
{
	size_t capacity = builder->stack_capacity ? 2 * builder->stack_capacity : 64;
	struct node *stack;

	if (++builder->nodes > DOC_NODES_MAX) {
		struct location at = node_place(builder->source, node);

		return diag_error(builder->diag, &at, "more than %d values in one file "
				  "(DOC_NODES_MAX)", DOC_NODES_MAX);
	}
	if (builder->stack_size == builder->stack_capacity) {
		stack = reallocarray(builder->stack, capacity, sizeof(*stack));
		if (!stack)
			return -ENOMEM;
		builder->stack = stack;
		builder->stack_capacity = capacity;
	}
	builder->stack[builder->stack_size++] = *node;
	return 0;
}

static bool is_null_word(const char *text, size_t size)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == size && !memcmp(words[i], text, size))
			return true;
	return false;
}

static int add_scalar(struct builder *builder, struct fy_token *token)
{
	struct node node = { .kind = NODE_SCALAR };
	const char *text = "";
	size_t size = 0;

	place_token(builder, token, &node);
	if (token) {
		text = fy_token_get_text(token, &size);
		if (!text)
			return -ENOMEM;
		node.quoted = fy_token_scalar_style(token) != FYSS_PLAIN;
	}
	/* Escapes in quotes can name what the raw text must not hold */
	if (memchr(text, '\0', size))
		return mistake(builder, &node, "NUL inside a text");
	if (utf8_valid_prefix(text, size) != size)
		return mistake(builder, &node,
			       "an escape in this text is not a character");
	if (!node.quoted && is_null_word(text, size)) {
		if (wants_key(builder))
			return mistake(builder, &node, "a key has no name");
		node.kind = NODE_NULL;
		return push(builder, &node);
	}
	node.text = arena_text(builder->arena, text, size);
	return node.text ? push(builder, &node) : -ENOMEM;
}

static int open_level(struct builder *builder, enum node_kind kind, const struct fy_event *event)
{
	const struct fy_mark *start = fy_event_start_mark((struct fy_event *)event);
	struct node node = { .kind = (uint8_t)kind, .length = 1 };
	struct level *level;

	if (start)
		remember_end(builder, start);
	node.offset = (uint32_t)builder->end;
	node.line = builder->end_line;
	node.column = builder->end_column;
	if (wants_key(builder))
		return mistake(builder, &node, "a key must be a word, not a list or a mapping");
	if (builder->depth == DOC_DEPTH_MAX) {
		struct location at = node_place(builder->source, &node);

		return diag_error(builder->diag, &at, "more than %d lists and mappings inside "
				  "each other (DOC_DEPTH_MAX)", DOC_DEPTH_MAX);
	}
	level = &builder->levels[builder->depth++];
	level->node = node;
	level->first = builder->stack_size;
	return 0;
}

static void report_duplicate(struct builder *builder, const struct node *first,
			     const struct node *second)
{
	struct location at = node_place(builder->source, second);

	diag_error(builder->diag, &at, "'%s' is written twice", second->text);
	at = node_place(builder->source, first);
	diag_note(builder->diag, &at, "first written here");
}

static int check_small_mapping(struct builder *builder, const struct node *mapping)
{
	size_t i, j, before = diag_errors(builder->diag);

	for (i = 1; i < mapping->count; i++)
		for (j = 0; j < i; j++)
			if (!strcmp(mapping->items[2 * i].text, mapping->items[2 * j].text)) {
				report_duplicate(builder, &mapping->items[2 * j],
						 &mapping->items[2 * i]);
				break;
			}
	return diag_errors(builder->diag) != before;
}

static int check_large_mapping(struct builder *builder, const struct node *mapping)
{
	_cleanup_(strmap_done) struct strmap seen = { 0 };
	size_t i, before = diag_errors(builder->diag);

	for (i = 0; i < mapping->count; i++) {
		struct node *key = &mapping->items[2 * i];
		void *other = strmap_put(&seen, key->text, key);

		if (other == &seen)
			return -ENOMEM;
		if (other)
			report_duplicate(builder, other, key);
	}
	return diag_errors(builder->diag) != before;
}

/* A list or mapping ends: its elements leave the stack, it enters it */
static int close_level(struct builder *builder)
{
	struct level *level = &builder->levels[builder->depth - 1];
	size_t count = builder->stack_size - level->first;
	struct node *node = &level->node;
	int r;

	node->items = arena_array(builder->arena, count, sizeof(*node->items));
	if (!node->items)
		return -ENOMEM;
	if (count)
		memcpy(node->items, builder->stack + level->first, count * sizeof(*node->items));
	builder->stack_size = level->first;
	node->count = (uint32_t)(node->kind == NODE_MAPPING ? count / 2 : count);
	builder->depth--;
	if (node->kind == NODE_MAPPING) {
		/* Going on after a duplicate would be possible; what it says would not be meant */
		r = node->count <= SMALL_MAPPING ? check_small_mapping(builder, node) :
						   check_large_mapping(builder, node);
		if (r < 0)
			return r;
	}
	return push(builder, node);
}

/* Directives change how the text is read; they can stand before "---" alone */
static int refuse_directives(struct builder *builder, size_t end)
{
	const struct source *source = builder->source;
	const char *line;
	size_t size;
	uint32_t i;

	for (i = 1; i <= source->line_count && source->lines[i - 1] < end; i++) {
		line = source_line(source, i, &size);
		if (size && line[0] == '%') {
			struct location at = source_place(source, source->lines[i - 1], size);

			return diag_error(builder->diag, &at,
					  "YAML directives are not allowed in a policy");
		}
	}
	return 0;
}

static int start_document(struct builder *builder, struct fy_token *token)
{
	struct node node;

	builder->documents++;
	/* Without a "---" there is no place yet; the first node of it will have one */
	if (!token)
		return 0;
	place_token(builder, token, &node);
	if (builder->documents > 1)
		return mistake(builder, &node, second_document);
	return refuse_directives(builder, node.offset);
}

/* The first node of a document that is one too many */
static int refuse_node(struct builder *builder, const struct fy_event *event)
{
	const struct fy_mark *start = fy_event_start_mark((struct fy_event *)event);
	struct node node = { .length = 1 };

	if (start)
		remember_end(builder, start);
	node.offset = (uint32_t)builder->end;
	node.line = builder->end_line;
	node.column = builder->end_column;
	return mistake(builder, &node, second_document);
}

static int refuse_decoration(struct builder *builder, struct fy_token *anchor, struct fy_token *tag)
{
	if (anchor)
		return refuse_token(builder, anchor, "anchors are not allowed in a policy: "
				    "write it out, or use a class or an included role");
	if (tag)
		return refuse_token(builder, tag, "tags are not allowed in a policy");
	return 0;
}

/* Take in one event; positive when a mistake was reported that ends the parsing */
static int take_event(struct builder *builder, const struct fy_event *event)
{
	int r;

	if (builder->documents > 1)
		return refuse_node(builder, event);
	switch (event->type) {
	case FYET_DOCUMENT_START:
		return start_document(builder, event->document_start.document_start);
	case FYET_ALIAS:
		return refuse_token(builder, event->alias.anchor, "aliases are not allowed in a "
				    "policy: write it out, or use a class or an included role");
	case FYET_SCALAR:
		r = refuse_decoration(builder, event->scalar.anchor, event->scalar.tag);
		return r ? r : add_scalar(builder, event->scalar.value);
	case FYET_SEQUENCE_START:
		r = refuse_decoration(builder, event->sequence_start.anchor,
				      event->sequence_start.tag);
		return r ? r : open_level(builder, NODE_LIST, event);
	case FYET_MAPPING_START:
		r = refuse_decoration(builder, event->mapping_start.anchor,
				      event->mapping_start.tag);
		return r ? r : open_level(builder, NODE_MAPPING, event);
	case FYET_SEQUENCE_END:
	case FYET_MAPPING_END:
		return close_level(builder);
	default:
		return 0;
	}
}

/* YAML forbids tabs for indentation; the library's words for that do not say so */
static void note_tabs(struct builder *builder, uint32_t line)
{
	const char *text;
	size_t size, i;
	uint32_t last = line + 1;

	for (; line <= last; line++) {
		text = source_line(builder->source, line, &size);
		for (i = 0; i < size && text[i] == ' '; i++)
			continue;
		if (i < size && text[i] == '\t') {
			diag_note(builder->diag, NULL,
				  "line %u is indented with a tab; YAML wants blanks", line);
			return;
		}
	}
}

static void note_open_level(struct builder *builder)
{
	const struct level *level;
	struct location at;
	char bracket;

	if (!builder->depth)
		return;
	level = &builder->levels[builder->depth - 1];
	bracket = builder->source->text[level->node.offset];
	if (bracket != '[' && bracket != '{')
		return;
	at = node_place(builder->source, &level->node);
	diag_note(builder->diag, &at, "this '%c' is still open", bracket);
}

/* Pass on what the library found */
static int report_errors(struct builder *builder, struct fy_diag *errors)
{
	struct fy_diag_error *error;
	void *iterator = NULL;
	struct location at;
	int count = 0;

	while ((error = fy_diag_errors_iterate(errors, &iterator))) {
		uint32_t line = error->line > 0 ? (uint32_t)error->line : 1;
		uint32_t column = error->column > 0 ? (uint32_t)error->column : 1;
		size_t size;
		const char *text = source_line(builder->source, line, &size);

		at = source_place(builder->source, line > builder->source->line_count ?
				  builder->source->size :
				  (size_t)(text - builder->source->text) +
				  utf8_offset(text, size, column - 1), 1);
		count += diag_error(builder->diag, &at, "not valid YAML: %s", error->msg);
		note_open_level(builder);
		note_tabs(builder, at.line);
	}
	if (!count) {
		at = source_place(builder->source, builder->end, 1);
		count = diag_error(builder->diag, &at, "not valid YAML");
	}
	return count != 0;
}

static int take_events(struct builder *builder, struct fy_parser *parser, struct fy_diag *errors)
{
	struct fy_event *event;
	int r = 0;

	while (!r && (event = fy_parser_parse(parser))) {
		r = take_event(builder, event);
		fy_parser_event_free(parser, event);
	}
	if (!r && fy_parser_get_stream_error(parser))
		r = report_errors(builder, errors);
	return r;
}

/* Run the library over a padded copy of the text */
static int run_parser(struct builder *builder)
{
	const struct source *source = builder->source;
	struct fy_diag_cfg diag_config;
	struct fy_parse_cfg config = {
		.search_path = "",
		.flags = FYPCF_QUIET | FYPCF_JSON_NONE | FYPCF_DEFAULT_VERSION_1_2 |
			 FYPCF_DISABLE_MMAP_OPT,
	};
	_cleanup_free_ char *text = calloc(1, source->size + 1 + PADDING);
	_cleanup_(fy_diag_destroyp) struct fy_diag *errors = NULL;
	_cleanup_(fy_parser_destroyp) struct fy_parser *parser = NULL;

	if (!text)
		return -ENOMEM;
	memcpy(text, source->text, source->size);
	text[source->size] = '\n';
	fy_diag_cfg_default(&diag_config);
	diag_config.fp = NULL;
	diag_config.colorize = false;
	errors = fy_diag_create(&diag_config);
	if (!errors)
		return -ENOMEM;
	fy_diag_set_collect_errors(errors, true);
	config.diag = errors;
	parser = fy_parser_create(&config);
	if (!parser || fy_parser_set_string(parser, text, source->size + 1) < 0)
		return -ENOMEM;
	return take_events(builder, parser, errors);
}

/* The document must be there, and be a mapping */
static int take_root(struct builder *builder, struct doc *doc)
{
	struct location at = { .source = builder->source };

	if (!builder->stack_size || builder->stack[0].kind == NODE_NULL)
		return diag_error(builder->diag, &at, "is empty: a policy starts with 'version: 1'");
	doc->root = builder->stack[0];
	if (doc->root.kind == NODE_MAPPING)
		return 0;
	at = node_place(builder->source, &doc->root);
	return diag_error(builder->diag, &at, "a policy is a mapping that starts with "
			  "'version: 1', this is %s", node_kind_name(&doc->root));
}

int doc_parse(const struct source *source, struct diag *diag, struct doc **ret)
{
	struct builder builder = { .source = source, .diag = diag,
				   .end_line = 1, .end_column = 1 };
	size_t before = diag_errors(diag);
	struct doc *doc = calloc(1, sizeof(*doc));
	int r = -ENOMEM;

	if (!doc)
		return r;
	doc->source = source;
	doc->arena = builder.arena = arena_new();
	if (doc->arena)
		r = run_parser(&builder);
	if (!r)
		r = take_root(&builder, doc);
	free(builder.stack);
	/* Duplicate keys do not end the parsing, so that all of them are told */
	if (!r && diag_errors(diag) != before)
		r = 1;
	if (r)
		doc_free(doc);
	else
		*ret = doc;
	return r;
}
