/* SPDX-License-Identifier: Apache-2.0 */
/* Text from strangers, made harmless before it is shown */
#ifndef BAILIWICK_BASE_ESCAPE_H
#define BAILIWICK_BASE_ESCAPE_H

#include <stddef.h>

#include "base/buffer.h"

/*
 * File names, command names and policy texts may hold any byte: terminal
 * controls, line breaks that forge log lines, marks that turn the writing
 * direction around. All functions add to @out and return 0 or -ENOMEM.
 */

/** escape_ascii() - printable ASCII alone; other bytes as \n \t \\ or \xHH: nothing is lost */
int escape_ascii(struct buffer *out, const void *text, size_t size);

/** escape_json() - a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD */
int escape_json(struct buffer *out, const void *text, size_t size);

/**
 * escape_display() - for people: harmless letters of any script stay
 * @columns:	terminal columns used so far on this line, counted on; may be NULL
 *
 * A tab becomes blanks up to the next multiple of eight columns; other controls,
 * invisible and direction-changing characters become <U+XXXX>, bytes that are
 * not UTF-8 become <HH>.
 */
int escape_display(struct buffer *out, const void *text, size_t size, size_t *columns);

#endif
