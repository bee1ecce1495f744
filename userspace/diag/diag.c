// SPDX-License-Identifier: Apache-2.0
/* Located messages: collecting them */
#define _GNU_SOURCE
#include "diag/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "diag/message.h"

/* Characters of a long source line that are kept before and behind the place */
#define KEPT_BEFORE 60
#define KEPT_BEHIND 60

struct diag *diag_new(void)
{
	return calloc(1, sizeof(struct diag));
}

static void excerpt_done(struct excerpt *excerpt)
{
	free(excerpt->file);
	free(excerpt->text);
}

struct diag *diag_free(struct diag *diag)
{
	size_t i, j;

	if (!diag)
		return NULL;
	for (i = 0; i < diag->message_count; i++) {
		struct message *message = &diag->messages[i];

		excerpt_done(&message->at);
		free(message->text);
		for (j = 0; j < message->note_count; j++) {
			excerpt_done(&message->notes[j].at);
			free(message->notes[j].text);
		}
	}
	free(diag);
	return NULL;
}

/* Copy the part of the source line around the place; without memory there is none */
static void copy_line(struct excerpt *excerpt, const struct location *at)
{
	size_t size, skipped, start, kept;
	const char *line = source_line(at->source, at->line, &size);

	skipped = at->column > KEPT_BEFORE + 1 ? at->column - KEPT_BEFORE - 1 : 0;
	start = utf8_offset(line, size, skipped);
	kept = utf8_offset(line + start, size - start, KEPT_BEFORE + KEPT_BEHIND);
	excerpt->text = malloc(kept + 1);
	if (!excerpt->text)
		return;
	memcpy(excerpt->text, line + start, kept);
	excerpt->text[kept] = '\0';
	excerpt->size = kept;
	excerpt->skipped = (uint32_t)skipped;
	excerpt->cut = start + kept < size;
}

static void excerpt_init(struct excerpt *excerpt, const struct location *at)
{
	*excerpt = (struct excerpt){ 0 };
	if (!at || !at->source)
		return;
	excerpt->file = strdup(at->source->name);
	excerpt->line = at->line;
	excerpt->column = at->column;
	excerpt->length = at->length;
	if (at->line)
		copy_line(excerpt, at);
}

/* Files are printed in the order in which they were first spoken of */
static size_t rank_of(const struct diag *diag, const char *file)
{
	size_t i, next = 1;

	if (!file)
		return 0;
	for (i = 0; i < diag->message_count; i++) {
		const struct message *message = &diag->messages[i];

		if (message->at.file && !strcmp(message->at.file, file))
			return message->file_rank;
		if (message->file_rank >= next)
			next = message->file_rank + 1;
	}
	return next;
}

static void report(struct diag *diag, enum diag_kind kind, const struct location *at,
		   const char *format, va_list arguments)
{
	struct message *message;

	diag->last_kept = false;
	if (kind == DIAG_ERROR)
		diag->errors++;
	else
		diag->warnings++;
	if (diag->message_count == DIAG_MAX)
		return;
	message = &diag->messages[diag->message_count];
	message->kind = kind;
	excerpt_init(&message->at, at);
	message->file_rank = rank_of(diag, message->at.file);
	message->sequence = diag->message_count;
	if (vasprintf(&message->text, format, arguments) < 0)
		message->text = NULL;
	message->note_count = 0;
	diag->message_count++;
	diag->last_kept = true;
}

int diag_error(struct diag *diag, const struct location *at, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(diag, DIAG_ERROR, at, format, arguments);
	va_end(arguments);
	return 1;
}

int diag_warning(struct diag *diag, const struct location *at, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(diag, DIAG_WARNING, at, format, arguments);
	va_end(arguments);
	return 0;
}

void diag_note(struct diag *diag, const struct location *at, const char *format, ...)
{
	struct message *message;
	struct note *note;
	va_list arguments;

	if (!diag->last_kept)
		return;
	message = &diag->messages[diag->message_count - 1];
	if (message->note_count == DIAG_NOTES_MAX)
		return;
	note = &message->notes[message->note_count++];
	excerpt_init(&note->at, at);
	va_start(arguments, format);
	if (vasprintf(&note->text, format, arguments) < 0)
		note->text = NULL;
	va_end(arguments);
}

size_t diag_errors(const struct diag *diag)
{
	return diag->errors;
}

size_t diag_warnings(const struct diag *diag)
{
	return diag->warnings;
}

enum diag_form diag_form_for(FILE *stream)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	if (!isatty(fileno(stream)) || (no_colour && *no_colour))
		return DIAG_PLAIN;
	return terminal && !strcmp(terminal, "dumb") ? DIAG_PLAIN : DIAG_COLOUR;
}

static int compare_messages(const void *a, const void *b)
{
	return message_compare(*(const struct message *const *)a,
			       *(const struct message *const *)b);
}

static void print_more(size_t more, enum diag_form form, FILE *stream)
{
	if (!more)
		return;
	if (form == DIAG_JSON)
		fprintf(stream, "{\"kind\":\"more\",\"count\":%zu}\n", more);
	else
		fprintf(stream, "%zu more\n", more);
}

void diag_print(const struct diag *diag, FILE *stream, enum diag_form form)
{
	const struct message *sorted[DIAG_MAX];
	_cleanup_(buffer_done) struct buffer out = { 0 };
	size_t i;

	for (i = 0; i < diag->message_count; i++)
		sorted[i] = &diag->messages[i];
	qsort(sorted, diag->message_count, sizeof(sorted[0]), compare_messages);
	for (i = 0; i < diag->message_count; i++) {
		if (form == DIAG_JSON)
			message_print_json(sorted[i], &out);
		else
			message_print(sorted[i], form == DIAG_COLOUR, &out);
	}
	if (out.failed)
		fputs("out of memory while printing messages\n", stream);
	else if (out.size)
		fwrite(out.data, 1, out.size, stream);
	print_more(diag->errors + diag->warnings - diag->message_count, form, stream);
	fflush(stream);
}
