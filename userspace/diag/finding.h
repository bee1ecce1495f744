/* SPDX-License-Identifier: Apache-2.0 */
/* What a collection of messages is made of; shared by the collecting and the printing file */
#ifndef BAILIWICK_DIAG_FINDING_H
#define BAILIWICK_DIAG_FINDING_H

#include "base/buffer.h"
#include "diag/diag.h"

/* Notes kept for one finding */
#define DIAG_NOTES_MAX 8

/**
 * struct excerpt - a place, with copies of all that is needed to show it
 * @file:	name of the file, or NULL when there is no place
 * @line:	0 when only the file is meant
 * @text:	part of the source line, @size bytes; NULL without a line
 * @skipped:	characters of the line before @text
 * @cut:	the line goes on behind @text
 */
struct excerpt {
	char *file;
	uint32_t line;
	uint32_t column;
	uint32_t length;
	char *text;
	size_t size;
	uint32_t skipped;
	bool cut;
};

struct note {
	struct excerpt at;
	char *text;
};

/**
 * struct finding - one finding
 * @file_rank:	order in which its file was first spoken of
 * @sequence:	order in which it was reported
 */
struct finding {
	enum diag_kind kind;
	size_t file_rank;
	size_t sequence;
	struct excerpt at;
	char *text;
	struct note notes[DIAG_NOTES_MAX];
	size_t note_count;
};

struct diag {
	struct finding findings[DIAG_MAX];
	size_t finding_count;
	size_t errors;
	size_t warnings;
	size_t remarks;
	bool last_kept;		/* the message just reported is in @findings */
};

/** finding_compare() - order for printing: file, line, column, then as reported */
int finding_compare(const struct finding *a, const struct finding *b);

/** finding_print() - for people; colour where @colour */
void finding_print(const struct finding *finding, bool colour, struct buffer *out);

/** finding_print_json() - one JSON object and a line break */
void finding_print_json(const struct finding *finding, struct buffer *out);

#endif
