/* SPDX-License-Identifier: Apache-2.0 */
/* A source text and places in it */
#ifndef BAILIWICK_DIAG_SOURCE_H
#define BAILIWICK_DIAG_SOURCE_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct source - the text of one policy file, kept while anything points in
 * @name:	the path as the user gave it (shown in messages, escaped there)
 * @text:	the bytes, not NUL-terminated as far as the text is concerned
 * @size:	length of @text in bytes
 * @lines:	byte offset of the start of each line
 * @line_count:	number of lines, at least 1
 */
struct source {
	char *name;
	char *text;
	size_t size;
	uint32_t *lines;
	uint32_t line_count;
};

/**
 * struct location - a stretch of source text on one line
 * @source:	the file; NULL for things that stand in no file (built-ins)
 * @line:	1-based; 0 when only the file is meant
 * @column:	1-based, counted in characters (code points), as YAML counts
 * @length:	characters to underline, at least 1 when @line is not 0
 */
struct location {
	const struct source *source;
	uint32_t line;
	uint32_t column;
	uint32_t length;
};

/**
 * source_new() - take a copy of a text
 * @name:	path as the user gave it; copied
 * @text:	@size bytes; copied
 * @ret:	the new source; free it with source_free()
 *
 * Return: 0, or -ENOMEM.
 */
int source_new(const char *name, const void *text, size_t size, struct source **ret);

/** source_free() - free a source; NULL is fine; returns NULL */
struct source *source_free(struct source *source);

/**
 * source_line() - the bytes of a line, without its line break
 * @line:	1-based
 * @ret_size:	length in bytes
 *
 * Return: start of the line inside source->text; an empty string for a line
 * that does not exist.
 */
const char *source_line(const struct source *source, uint32_t line, size_t *ret_size);

/** source_place() - the location of @bytes bytes at byte @offset, cut at the line's end */
struct location source_place(const struct source *source, size_t offset, size_t bytes);

#endif
