/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8: decoding that accepts nothing but the well-formed */
#ifndef BAILIWICK_BASE_UTF8_H
#define BAILIWICK_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/**
 * utf8_decode() - read one character
 * @size:	bytes there are, at least 1
 * @ret:	the code point
 *
 * Overlong forms, surrogates and values above U+10FFFF are not well-formed.
 *
 * Return: bytes used, 1..4, or 0 when the bytes are not well-formed.
 */
size_t utf8_decode(const char *text, size_t size, uint32_t *ret);

/** utf8_valid_prefix() - bytes up to the first that is not well-formed; @size if all are fine */
size_t utf8_valid_prefix(const char *text, size_t size);

/** utf8_length() - characters in @size bytes; a byte that is not well-formed counts as one */
size_t utf8_length(const char *text, size_t size);

/** utf8_offset() - bytes that the first @count characters take, at most @size */
size_t utf8_offset(const char *text, size_t size, size_t count);

/**
 * utf8_columns() - terminal columns of a character that is safe to show
 *
 * Return: 1 or 2; 0 for everything that may not reach a terminal as it is:
 * controls, invisible and direction-changing characters, combining marks, and
 * blocks whose width is not known here.
 */
int utf8_columns(uint32_t character);

#endif
