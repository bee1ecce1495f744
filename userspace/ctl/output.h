/* SPDX-License-Identifier: Apache-2.0 */
/* Text for people: colours where they are wanted, harmless whatever it quotes */
#ifndef BAILIWICK_CTL_OUTPUT_H
#define BAILIWICK_CTL_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buffer.h"

/**
 * struct style - terminal sequences, all empty where no colour is wanted
 */
struct style {
	const char *bold;
	const char *good;
	const char *warn;
	const char *bad;
	const char *faint;
	const char *off;
};

/** style_for() - colours on a terminal, unless NO_COLOR is set and not empty */
const struct style *style_for(FILE *stream);

/**
 * complain() - one line on stderr: "bailiwick: …"
 *
 * The finished text is escaped as a whole, so quoting strangers is safe.
 */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** note() - as complain(), without the program's name in front, indented */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** buffer_add_shown() - add text of strangers, escaped for people; "-" for NULL */
void buffer_add_shown(struct buffer *out, const char *text);

/** buffer_add_count() - add "1 role" or "3 roles" */
void buffer_add_count(struct buffer *out, size_t count, const char *noun);

/** buffer_add_size() - add a number of bytes as "12.3 MiB" */
void buffer_add_size(struct buffer *out, unsigned long long bytes);

/**
 * output_finish() - write @out to stdout and empty it
 * @code:	exit code so far
 *
 * Return: @code, or 71 when memory was out and 74 when stdout did not take it.
 */
int output_finish(struct buffer *out, int code);

/** out_of_memory() - complain about it; returns 71 (EX_OSERR) */
int out_of_memory(void);

#endif
