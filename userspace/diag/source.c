// SPDX-License-Identifier: Apache-2.0
/* A source text and places in it */
#include "diag/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* Bytes of the line break at @at: \n, \r\n or \r, as YAML breaks lines; else 0 */
static size_t break_length(const char *text, size_t size, size_t at)
{
	if (text[at] == '\n')
		return 1;
	if (text[at] != '\r')
		return 0;
	return at + 1 < size && text[at + 1] == '\n' ? 2 : 1;
}

static int index_lines(struct source *source)
{
	size_t at, step, count = 1;

	for (at = 0; at < source->size; at += step ? step : 1) {
		step = break_length(source->text, source->size, at);
		count += step != 0;
	}
	source->lines = calloc(count, sizeof(*source->lines));
	if (!source->lines)
		return -ENOMEM;
	source->line_count = 1;
	for (at = 0; at < source->size; at += step ? step : 1) {
		step = break_length(source->text, source->size, at);
		if (step)
			source->lines[source->line_count++] = (uint32_t)(at + step);
	}
	return 0;
}

int source_new(const char *name, const void *text, size_t size, struct source **ret)
{
	struct source *source = calloc(1, sizeof(*source));

	if (!source)
		return -ENOMEM;
	source->name = strdup(name);
	source->text = malloc(size + 1);
	if (!source->name || !source->text) {
		source_free(source);
		return -ENOMEM;
	}
	if (size)
		memcpy(source->text, text, size);
	source->text[size] = '\0';
	source->size = size;
	if (index_lines(source) < 0) {
		source_free(source);
		return -ENOMEM;
	}
	*ret = source;
	return 0;
}

struct source *source_free(struct source *source)
{
	if (!source)
		return NULL;
	free(source->name);
	free(source->text);
	free(source->lines);
	free(source);
	return NULL;
}

const char *source_line(const struct source *source, uint32_t line, size_t *ret_size)
{
	size_t start, end;

	if (line < 1 || line > source->line_count) {
		*ret_size = 0;
		return "";
	}
	start = source->lines[line - 1];
	end = line < source->line_count ? source->lines[line] : source->size;
	while (end > start && (source->text[end - 1] == '\n' || source->text[end - 1] == '\r'))
		end--;
	*ret_size = end - start;
	return source->text + start;
}

/* The 1-based number of the line that @offset is on */
static uint32_t line_of(const struct source *source, size_t offset)
{
	uint32_t low = 0, high = source->line_count, middle;

	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (source->lines[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return low + 1;
}

struct location source_place(const struct source *source, size_t offset, size_t bytes)
{
	struct location at = { .source = source };
	size_t size, before;
	const char *line;

	if (offset > source->size)
		offset = source->size;
	at.line = line_of(source, offset);
	line = source_line(source, at.line, &size);
	before = offset - (size_t)(line - source->text);
	if (before > size)
		before = size;
	if (bytes > size - before)
		bytes = size - before;
	at.column = (uint32_t)utf8_length(line, before) + 1;
	at.length = (uint32_t)utf8_length(line + before, bytes);
	if (!at.length)
		at.length = 1;
	return at;
}
