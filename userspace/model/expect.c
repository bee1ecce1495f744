// SPDX-License-Identifier: Apache-2.0
/* Reading the tree with expectations, and saying so when they are not met */
#include "model/expect.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/suggest.h"
#include "base/utf8.h"

struct location place(const struct build *build, const struct node *node)
{
	return doc_place(build->doc, node);
}

struct location place_part(const struct build *build, const struct node *node,
			   size_t offset, size_t length)
{
	const struct source *source = build->doc->source;
	struct location at = place(build, node);
	size_t size = strlen(node->text);

	if (size != node->length || node->offset + size > source->size ||
	    memcmp(source->text + node->offset, node->text, size))
		return at;
	offset = offset < size ? offset : size;
	length = length < size - offset ? length : size - offset;
	at.column += (uint32_t)utf8_length(node->text, offset);
	at.length = (uint32_t)utf8_length(node->text + offset, length);
	at.length = at.length ? at.length : 1;
	return at;
}

int mistake(struct build *build, const struct node *node, const char *format, ...)
{
	struct location at = place(build, node);
	_cleanup_free_ char *text = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		text = NULL;
		return -ENOMEM;
	}
	diag_error(build->diag, &at, "%s", text);
	return 0;
}

void did_you_mean(struct build *build, const char *word)
{
	if (word)
		diag_note(build->diag, NULL, "did you mean '%s'?", word);
}

bool still_clean(const struct build *build, size_t errors)
{
	return diag_errors(build->diag) == errors;
}

static int unknown_key(struct build *build, const struct node *node, const char *what,
		       const struct key *keys, size_t key_count)
{
	_cleanup_(buffer_done) struct buffer known = { 0 };
	struct suggest suggest;
	size_t i;
	int r = mistake(build, node, "%s has no key '%s'", what, node->text);

	if (!diag_keeps(build->diag))
		return r;
	suggest_init(&suggest, node->text);
	for (i = 0; i < key_count; i++) {
		suggest_offer(&suggest, keys[i].name);
		buffer_printf(&known, "%s%s", i ? ", " : "", keys[i].name);
	}
	if (suggest.best)
		did_you_mean(build, suggest.best);
	else if (!known.failed)
		diag_note(build->diag, NULL, "its keys are: %s", known.data);
	return r;
}

static int take_pair(struct build *build, const struct node *key, const struct node *value,
		     const char *what, const struct key *keys, size_t key_count, void *thing)
{
	size_t i;

	for (i = 0; i < key_count; i++) {
		if (strcmp(keys[i].name, key->text) != 0)
			continue;
		if (value->kind == NODE_NULL)
			return mistake(build, key, "'%s' has no value", key->text);
		return keys[i].take(build, thing, value);
	}
	return unknown_key(build, key, what, keys, key_count);
}

int expect_mapping(struct build *build, const struct node *node, const char *what,
		   const struct key *keys, size_t key_count, void *thing)
{
	size_t i;
	int r = 0;

	if (node->kind != NODE_MAPPING)
		return mistake(build, node, "%s is a mapping, this is %s", what,
			       node_kind_name(node));
	for (i = 0; i < node->count && !r; i++)
		r = take_pair(build, &node->items[2 * i], &node->items[2 * i + 1], what,
			      keys, key_count, thing);
	return r;
}

const struct node *find_value(const struct node *mapping, const char *key)
{
	size_t i;

	if (mapping->kind != NODE_MAPPING)
		return NULL;
	for (i = 0; i < mapping->count; i++)
		if (node_is(&mapping->items[2 * i], key))
			return &mapping->items[2 * i + 1];
	return NULL;
}

struct elements expect_elements(const struct node *node)
{
	if (node->kind == NODE_LIST)
		return (struct elements){ .items = node->items, .count = node->count };
	return (struct elements){ .items = node, .count = 1 };
}

struct elements expect_list(struct build *build, const struct node *node, const char *what)
{
	if (node->kind == NODE_LIST)
		return (struct elements){ .items = node->items, .count = node->count };
	mistake(build, node, "%s is a list, this is %s", what, node_kind_name(node));
	return (struct elements){ .items = NULL, .count = 0 };
}

const char *expect_text(struct build *build, const struct node *node, const char *what)
{
	if (node->kind == NODE_SCALAR)
		return node->text;
	mistake(build, node, "%s is a single value, this is %s", what, node_kind_name(node));
	return NULL;
}

int expect_copy(struct build *build, const struct node *node, const char *what, size_t max,
		const char *limit, char **ret)
{
	const char *text = expect_text(build, node, what), *c;

	if (!text)
		return 0;
	if (!*text)
		return mistake(build, node, "%s is empty", what);
	if (strlen(text) > max)
		return mistake(build, node, "%s is longer than %zu bytes (%s)", what, max, limit);
	for (c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return mistake(build, node, "%s is one line without control characters",
				       what);
	*ret = arena_text(build->arena, text, strlen(text));
	return *ret ? 0 : -ENOMEM;
}

int expect_bool(struct build *build, const struct node *node, const char *what, bool *ret)
{
	const char *text = expect_text(build, node, what);

	if (!text)
		return 0;
	if (!node->quoted && (!strcmp(text, "true") || !strcmp(text, "false"))) {
		*ret = text[0] == 't';
		return 0;
	}
	return mistake(build, node, "%s is true or false, this is '%s'", what, text);
}

const struct word *expect_word(struct build *build, const struct node *node,
			       const struct vocabulary *vocabulary)
{
	const struct word *word;
	const char *text, *meant;

	if (node->kind != NODE_SCALAR) {
		mistake(build, node, "a %s is a single word, this is %s", vocabulary->what,
			node_kind_name(node));
		return NULL;
	}
	text = node->text;
	word = vocabulary_find(vocabulary, text);
	if (word)
		return word;
	mistake(build, node, "unknown %s '%s'", vocabulary->what, text);
	if (!diag_keeps(build->diag))
		return NULL;
	meant = vocabulary_suggest(vocabulary, text);
	if (meant) {
		did_you_mean(build, meant);
	} else if (vocabulary->count < 8) {
		_cleanup_(buffer_done) struct buffer known = { 0 };
		size_t i;

		for (i = 0; i < vocabulary->count; i++)
			buffer_printf(&known, "%s%s", i ? ", " : "", vocabulary->words[i].text);
		if (!known.failed)
			diag_note(build->diag, NULL, "there are: %s", known.data);
	}
	return NULL;
}

int expect_mask(struct build *build, const struct node *node,
		const struct vocabulary *vocabulary, uint64_t all, uint64_t *ret)
{
	struct elements words = expect_elements(node);
	uint64_t mask = 0, bit;
	size_t i;

	for (i = 0; i < words.count; i++) {
		const struct word *word;

		if (all && node_is(&words.items[i], "all")) {
			mask |= all;
			continue;
		}
		word = expect_word(build, &words.items[i], vocabulary);
		if (!word)
			continue;
		bit = UINT64_C(1) << word->value;
		if (mask & bit) {
			struct location at = place(build, &words.items[i]);

			diag_warning(build->diag, &at, "'%s' is named already", word->text);
		}
		mask |= bit;
	}
	*ret = mask;
	return 0;
}

bool expect_nonempty(struct build *build, const struct node *node, struct elements elements,
		     const char *what)
{
	if (elements.count)
		return true;
	mistake(build, node, "%s is empty", what);
	return false;
}
