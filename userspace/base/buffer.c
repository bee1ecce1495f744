// SPDX-License-Identifier: Apache-2.0
/* Bytes that grow */
#include "base/buffer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 64

/* Make room for @more bytes and the NUL behind them */
static int reserve(struct buffer *buffer, size_t more)
{
	size_t need, capacity;
	char *data;

	if (buffer->failed)
		return -ENOMEM;
	if (__builtin_add_overflow(buffer->size, more, &need) ||
	    __builtin_add_overflow(need, 1, &need)) {
		buffer->failed = true;
		return -ENOMEM;
	}
	if (need <= buffer->capacity)
		return 0;
	capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;
	while (capacity < need) {
		if (capacity > SIZE_MAX / 2) {
			capacity = need;
			break;
		}
		capacity *= 2;
	}
	data = realloc(buffer->data, capacity);
	if (!data) {
		buffer->failed = true;
		return -ENOMEM;
	}
	buffer->data = data;
	buffer->capacity = capacity;
	return 0;
}

void buffer_done(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){ 0 };
}

void buffer_clear(struct buffer *buffer)
{
	buffer->size = 0;
	buffer->failed = false;
	if (buffer->data)
		buffer->data[0] = '\0';
}

int buffer_append(struct buffer *buffer, const void *data, size_t size)
{
	int r = reserve(buffer, size);

	if (r < 0)
		return r;
	if (size)
		memcpy(buffer->data + buffer->size, data, size);
	buffer->size += size;
	buffer->data[buffer->size] = '\0';
	return 0;
}

int buffer_append_text(struct buffer *buffer, const char *text)
{
	return buffer_append(buffer, text, strlen(text));
}

int buffer_append_byte(struct buffer *buffer, char byte)
{
	return buffer_append(buffer, &byte, 1);
}

int buffer_append_zeros(struct buffer *buffer, size_t size)
{
	int r = reserve(buffer, size);

	if (r < 0)
		return r;
	memset(buffer->data + buffer->size, 0, size + 1);
	buffer->size += size;
	return 0;
}

int buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list arguments;
	int length, r;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0) {
		buffer->failed = true;
		return -ENOMEM;
	}
	r = reserve(buffer, (size_t)length);
	if (r < 0)
		return r;
	va_start(arguments, format);
	vsnprintf(buffer->data + buffer->size, (size_t)length + 1, format, arguments);
	va_end(arguments);
	buffer->size += (size_t)length;
	return 0;
}

char *buffer_take(struct buffer *buffer, size_t *ret_size)
{
	char *data;

	if (reserve(buffer, 0) < 0) {
		buffer_done(buffer);
		return NULL;
	}
	data = buffer->data;
	data[buffer->size] = '\0';
	if (ret_size)
		*ret_size = buffer->size;
	*buffer = (struct buffer){ 0 };
	return data;
}
