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

/**
 * stream_flush() - wait until the peer's machine has acknowledged everything written
 *
 * It says nothing to us in the protocols served here: what comes, and its end, is trouble.
 */
int stream_flush(struct stream *stream, struct buffer *why);

/** stream_close(), stream_free() - the first keeps the certificates */
void stream_close(struct stream *stream);
void stream_free(struct stream *stream);

#endif
