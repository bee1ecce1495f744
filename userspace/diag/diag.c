// SPDX-License-Identifier: Apache-2.0
/* Located messages: collecting them */
#include "diag/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "diag/finding.h"

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
	for (i = 0; i < diag->finding_count; i++) {
		struct finding *finding = &diag->findings[i];

		excerpt_done(&finding->at);
		free(finding->text);
		for (j = 0; j < finding->note_count; j++) {
			excerpt_done(&finding->notes[j].at);
			free(finding->notes[j].text);
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
	for (i = 0; i < diag->finding_count; i++) {
		const struct finding *finding = &diag->findings[i];

		if (finding->at.file && !strcmp(finding->at.file, file))
			return finding->file_rank;
		if (finding->file_rank >= next)
			next = finding->file_rank + 1;
	}
	return next;
}

static void report(struct diag *diag, enum diag_kind kind, const struct location *at,
		   const char *format, va_list arguments)
{
	struct finding *finding;

	diag->last_kept = false;
	if (kind == DIAG_ERROR)
		diag->errors++;
	else if (kind == DIAG_WARNING)
		diag->warnings++;
	else
		diag->remarks++;
	if (diag->finding_count == DIAG_MAX)
		return;
	finding = &diag->findings[diag->finding_count];
	finding->kind = kind;
	excerpt_init(&finding->at, at);
	finding->file_rank = rank_of(diag, finding->at.file);
	finding->sequence = diag->finding_count;
	if (vasprintf(&finding->text, format, arguments) < 0)
		finding->text = NULL;
	finding->note_count = 0;
	diag->finding_count++;
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

int diag_remark(struct diag *diag, const struct location *at, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(diag, DIAG_REMARK, at, format, arguments);
	va_end(arguments);
	return 0;
}

void diag_note(struct diag *diag, const struct location *at, const char *format, ...)
{
	struct finding *finding;
	struct note *note;
	va_list arguments;

	if (!diag->last_kept)
		return;
	finding = &diag->findings[diag->finding_count - 1];
	if (finding->note_count == DIAG_NOTES_MAX)
		return;
	note = &finding->notes[finding->note_count++];
	excerpt_init(&note->at, at);
	va_start(arguments, format);
	if (vasprintf(&note->text, format, arguments) < 0)
		note->text = NULL;
	va_end(arguments);
}

bool diag_keeps(const struct diag *diag)
{
	return diag->last_kept;
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
	return finding_compare(*(const struct finding *const *)a,
			       *(const struct finding *const *)b);
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
	const struct finding *sorted[DIAG_MAX];
	_cleanup_(buffer_done) struct buffer out = { 0 };
	size_t i;

	for (i = 0; i < diag->finding_count; i++)
		sorted[i] = &diag->findings[i];
	qsort(sorted, diag->finding_count, sizeof(sorted[0]), compare_messages);
	for (i = 0; i < diag->finding_count; i++) {
		if (form == DIAG_JSON)
			finding_print_json(sorted[i], &out);
		else
			finding_print(sorted[i], form == DIAG_COLOUR, &out);
	}
	if (out.failed)
		fputs("out of memory while printing messages\n", stream);
	else if (out.size)
		fwrite(out.data, 1, out.size, stream);
	print_more(diag->errors + diag->warnings + diag->remarks - diag->finding_count, form, stream);
	fflush(stream);
}
