/* SPDX-License-Identifier: Apache-2.0 */
/* A connection over TCP, or TLS over it, that never waits longer than it may */
#ifndef BAILIWICK_SINK_STREAM_H
#define BAILIWICK_SINK_STREAM_H

#include "sink/sink.h"

struct stream;

/** stream_prepare() - read the certificates; 0 or a negative errno with *why */
int stream_prepare(const struct sink_options *options, struct stream **ret, struct buffer *why);

/** stream_open() - connect, and with TLS know who answers */
int stream_open(struct stream *stream, struct buffer *why);

/** stream_write() - all of it */
int stream_write(struct stream *stream, const void *data, size_t size, struct buffer *why);

/** stream_read() - wait for some of what the peer says; *ret bytes of it, never 0 */
int stream_read(struct stream *stream, void *data, size_t size, size_t *ret, struct buffer *why);

/**
 * stream_flush() - wait until the peer's machine has acknowledged everything written
 *
 * For protocols in which it says nothing to us: what comes, and its end, is trouble.
 */
int stream_flush(struct stream *stream, struct buffer *why);

/** stream_close(), stream_free() - the first keeps the certificates */
void stream_close(struct stream *stream);
void stream_free(struct stream *stream);

#endif
