/* SPDX-License-Identifier: Apache-2.0 */
/* Located messages: file:line:col, the source line, a caret, notes */
#ifndef BAILIWICK_DIAG_DIAG_H
#define BAILIWICK_DIAG_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "diag/source.h"

/* Messages kept in one run; those behind it are only counted */
#define DIAG_MAX 50

enum diag_kind {
	DIAG_ERROR,
	DIAG_WARNING,
	DIAG_REMARK,
};

/* How diag_print() writes */
enum diag_form {
	DIAG_PLAIN,
	DIAG_COLOUR,
	DIAG_JSON,	/* one JSON object per line */
};

/**
 * struct diag - the messages of one run
 *
 * A message copies what it needs, so sources may be freed before the diag.
 * When memory runs out a message is counted but has no text.
 */
struct diag;

/** diag_new() - an empty collection; free it with diag_free(); NULL if out of memory */
struct diag *diag_new(void);

/** diag_free() - free a collection; NULL is fine; returns NULL */
struct diag *diag_free(struct diag *diag);

/** diag_error() - report a mistake at a place; always returns 1, a positive answer */
int diag_error(struct diag *diag, const struct location *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** diag_warning() - report something suspicious at a place; always returns 0 */
int diag_warning(struct diag *diag, const struct location *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** diag_remark() - say what is neither wrong nor suspicious, shown as a note; always returns 0 */
int diag_remark(struct diag *diag, const struct location *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * diag_note() - add to the message just reported
 * @at:		a place of its own ("first defined here"), or NULL for none
 *
 * Does nothing when no message was kept.
 */
void diag_note(struct diag *diag, const struct location *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** diag_keeps() - was the last message kept, so that looking for a hint is worth the time? */
bool diag_keeps(const struct diag *diag);

/** diag_errors() - mistakes reported so far, kept or only counted */
size_t diag_errors(const struct diag *diag);

/** diag_warnings() - warnings reported so far, kept or only counted */
size_t diag_warnings(const struct diag *diag);

/** diag_form_for() - the form that suits a stream: colour on terminals without NO_COLOR */
enum diag_form diag_form_for(FILE *stream);

/** diag_print() - write all messages, sorted by file and line, then "N more" */
void diag_print(const struct diag *diag, FILE *stream, enum diag_form form);

#endif
