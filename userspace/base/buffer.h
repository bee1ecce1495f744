/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that grow */
#ifndef BAILIWICK_BASE_BUFFER_H
#define BAILIWICK_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct buffer - growable bytes
 * @data:	@size bytes and a NUL behind them; NULL while nothing was added
 * @size:	bytes in use
 * @capacity:	bytes allocated
 * @failed:	an allocation failed; from then on additions do nothing, so a
 *		chain of additions is checked once, at its end
 *
 * All-zero bytes are a valid empty buffer.
 */
struct buffer {
	char *data;
	size_t size;
	size_t capacity;
	bool failed;
};

/** buffer_done() - free what the buffer holds and make it empty */
void buffer_done(struct buffer *buffer);

/** buffer_clear() - forget the bytes, keep the memory; @failed is reset too */
void buffer_clear(struct buffer *buffer);

/** buffer_append() - add bytes; returns 0 or -ENOMEM */
int buffer_append(struct buffer *buffer, const void *data, size_t size);

/** buffer_append_text() - add a NUL-terminated string; returns 0 or -ENOMEM */
int buffer_append_text(struct buffer *buffer, const char *text);

/** buffer_append_byte() - add one byte; returns 0 or -ENOMEM */
int buffer_append_byte(struct buffer *buffer, char byte);

/** buffer_append_zeros() - add @size zero bytes; returns 0 or -ENOMEM */
int buffer_append_zeros(struct buffer *buffer, size_t size);

/** buffer_printf() - add formatted text; returns 0 or -ENOMEM */
int buffer_printf(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * buffer_take() - hand the bytes to the caller and make the buffer empty
 * @ret_size:	number of bytes before the NUL; may be NULL
 *
 * Return: a NUL-terminated allocation (never NULL for an empty buffer), to be
 * freed with free(); NULL when the buffer has failed or memory is out.
 */
char *buffer_take(struct buffer *buffer, size_t *ret_size);

#endif
