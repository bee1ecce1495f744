// SPDX-License-Identifier: Apache-2.0
/* Located messages: showing one */
#include "diag/finding.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/utf8.h"

#define NO_TEXT "(no memory for the text)"

/* Select Graphic Rendition of a terminal */
#define BOLD "\033[1m"
#define RED "\033[1;31m"
#define MAGENTA "\033[1;35m"
#define CYAN "\033[1;36m"
#define GREEN "\033[1;32m"
#define RESET "\033[0m"

int finding_compare(const struct finding *a, const struct finding *b)
{
	if (a->file_rank != b->file_rank)
		return a->file_rank < b->file_rank ? -1 : 1;
	if (a->at.line != b->at.line)
		return a->at.line < b->at.line ? -1 : 1;
	if (a->at.column != b->at.column)
		return a->at.column < b->at.column ? -1 : 1;
	return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

static void add(struct buffer *out, bool wanted, const char *text)
{
	if (wanted)
		buffer_append_text(out, text);
}

static void add_escaped(struct buffer *out, const char *text)
{
	if (!text)
		text = NO_TEXT;
	escape_display(out, text, strlen(text), NULL);
}

/* "file:line:col: error: text" */
static void print_head(const struct excerpt *at, const char *kind, const char *kind_colour,
		       const char *text, bool colour, struct buffer *out)
{
	if (at->file) {
		add(out, colour, BOLD);
		add_escaped(out, at->file);
		if (at->line)
			buffer_printf(out, ":%u:%u", at->line, at->column);
		buffer_append_text(out, ": ");
		add(out, colour, RESET);
	}
	add(out, colour, kind_colour);
	buffer_append_text(out, kind);
	add(out, colour, RESET);
	buffer_append_text(out, ": ");
	add_escaped(out, text);
	buffer_append_byte(out, '\n');
}

/*
 * The source line and below it the caret. Both columns, where the place starts
 * and where it ends, are those of the line as it is shown, with everything
 * harmful spelled out, so the caret is right whatever the line holds.
 */
static void print_line(const struct excerpt *at, bool colour, struct buffer *out)
{
	size_t before, inside, columns = 0, start, end;
	uint32_t offset = at->column - 1 - at->skipped;

	if (!at->text)
		return;
	before = utf8_offset(at->text, at->size, offset);
	inside = utf8_offset(at->text + before, at->size - before, at->length);
	buffer_printf(out, "%5u | ", at->line);
	if (at->skipped) {
		buffer_append_text(out, "...");
		columns = 3;
	}
	escape_display(out, at->text, before, &columns);
	start = columns;
	escape_display(out, at->text + before, inside, &columns);
	end = columns > start ? columns : start + 1;
	escape_display(out, at->text + before + inside, at->size - before - inside, &columns);
	add(out, at->cut, "...");
	buffer_append_text(out, "\n      | ");
	for (columns = 0; columns < start; columns++)
		buffer_append_byte(out, ' ');
	add(out, colour, GREEN);
	buffer_append_byte(out, '^');
	for (columns = start + 1; columns < end; columns++)
		buffer_append_byte(out, '~');
	add(out, colour, RESET);
	buffer_append_byte(out, '\n');
}

static const struct {
	const char *word;
	const char *colour;
} kinds[] = {
	[DIAG_ERROR] = { "error", RED },
	[DIAG_WARNING] = { "warning", MAGENTA },
	[DIAG_REMARK] = { "note", CYAN },
};

void finding_print(const struct finding *finding, bool colour, struct buffer *out)
{
	size_t i;

	print_head(&finding->at, kinds[finding->kind].word, kinds[finding->kind].colour,
		   finding->text, colour, out);
	print_line(&finding->at, colour, out);
	for (i = 0; i < finding->note_count; i++) {
		const struct note *note = &finding->notes[i];

		if (note->at.file) {
			print_head(&note->at, "note", CYAN, note->text, colour, out);
			print_line(&note->at, colour, out);
		} else {
			buffer_append_text(out, "      = ");
			add_escaped(out, note->text);
			buffer_append_byte(out, '\n');
		}
	}
}

static void json_string(struct buffer *out, const char *key, const char *value, size_t size)
{
	buffer_printf(out, ",\"%s\":", key);
	escape_json(out, value, size);
}

static void json_place(const struct excerpt *at, struct buffer *out)
{
	if (!at->file)
		return;
	json_string(out, "file", at->file, strlen(at->file));
	if (!at->line)
		return;
	buffer_printf(out, ",\"line\":%u,\"column\":%u,\"length\":%u", at->line, at->column,
		      at->length);
	if (at->text)
		json_string(out, "source", at->text, at->size);
}

void finding_print_json(const struct finding *finding, struct buffer *out)
{
	const char *text = finding->text ? finding->text : NO_TEXT;
	size_t i;

	buffer_printf(out, "{\"kind\":\"%s\"", kinds[finding->kind].word);
	json_place(&finding->at, out);
	json_string(out, "message", text, strlen(text));
	buffer_append_text(out, ",\"notes\":[");
	for (i = 0; i < finding->note_count; i++) {
		const struct note *note = &finding->notes[i];

		text = note->text ? note->text : NO_TEXT;
		buffer_append_text(out, i ? ",{\"kind\":\"note\"" : "{\"kind\":\"note\"");
		json_place(&note->at, out);
		json_string(out, "message", text, strlen(text));
		buffer_append_byte(out, '}');
	}
	buffer_append_text(out, "]}\n");
}
