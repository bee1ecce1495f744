// SPDX-License-Identifier: Apache-2.0
/* syslog over TCP or TLS: RFC 5424 messages, each with its length in front (RFC 6587, 5425) */
#include <errno.h>
#include <stdlib.h>

#include "sink/format.h"
#include "sink/stream.h"

#define WRITE_BYTES 65536

struct syslog {
	const struct sink_options *options;
	struct stream *stream;
	struct buffer message, out;
};

static int syslog_prepare(const struct sink_options *options, void **ret, struct buffer *why)
{
	struct syslog *syslog = calloc(1, sizeof(*syslog));
	int r;

	if (!syslog)
		return -ENOMEM;
	syslog->options = options;
	r = stream_prepare(options, &syslog->stream, why);
	if (r < 0) {
		free(syslog);
		return r;
	}
	*ret = syslog;
	return 0;
}

static int syslog_open(void *destination, struct buffer *why)
{
	struct syslog *syslog = destination;

	buffer_clear(&syslog->out);
	return stream_open(syslog->stream, why);
}

static int write_out(struct syslog *syslog, struct buffer *why)
{
	int r = stream_write(syslog->stream, syslog->out.data, syslog->out.size, why);

	buffer_clear(&syslog->out);
	return r;
}

static int syslog_send(void *destination, const struct sink_record *record, struct buffer *why)
{
	struct syslog *syslog = destination;
	int r;

	buffer_clear(&syslog->message);
	r = format_rfc5424(syslog->options->format, record, &syslog->message);
	if (r)
		return r;
	buffer_printf(&syslog->out, "%zu ", syslog->message.size);
	if (buffer_append(&syslog->out, syslog->message.data, syslog->message.size) < 0)
		return -ENOMEM;
	return syslog->out.size < WRITE_BYTES ? 0 : write_out(syslog, why);
}

static int syslog_flush(void *destination, struct buffer *why)
{
	struct syslog *syslog = destination;
	int r = write_out(syslog, why);

	return r < 0 ? r : stream_flush(syslog->stream, why);
}

static void syslog_close(void *destination)
{
	struct syslog *syslog = destination;

	stream_close(syslog->stream);
	buffer_clear(&syslog->out);
}

static void syslog_free(void *destination)
{
	struct syslog *syslog = destination;

	stream_free(syslog->stream);
	buffer_done(&syslog->message);
	buffer_done(&syslog->out);
	free(syslog);
}

const struct sink_destination sink_syslog = {
	.prepare = syslog_prepare,
	.open = syslog_open,
	.send = syslog_send,
	.flush = syslog_flush,
	.close = syslog_close,
	.free = syslog_free,
};
