// SPDX-License-Identifier: Apache-2.0
/* Between the controller and a sink's process: records there, reports back */
#include "sink/feed.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/writeall.h"
#include "journal/format.h"

struct feed_header {
	uint64_t sequence;
	uint64_t time;
	uint8_t hash[SHA256_SIZE];
	uint32_t json_size;
	uint32_t text_size;
};

int feed_add_record(struct buffer *out, const struct sink_record *record)
{
	size_t text_size = record->text_size < FEED_TEXT_MAX ? record->text_size : FEED_TEXT_MAX;
	struct feed_header header = {
		.sequence = record->sequence, .time = record->time,
		.json_size = (uint32_t)record->json_size, .text_size = (uint32_t)text_size,
	};

	memcpy(header.hash, record->hash, sizeof(header.hash));
	buffer_append(out, &header, sizeof(header));
	buffer_append(out, record->json, record->json_size);
	return buffer_append(out, record->text, text_size);
}

/* 1, 0 at the end before the first byte, or a negative errno */
static int read_whole(int fd, void *data, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = read(fd, (char *)data + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return done ? -EBADMSG : 0;
		done += (size_t)n;
	}
	return 1;
}

int feed_read_record(int fd, struct buffer *bytes, struct sink_record *ret)
{
	struct feed_header header;
	int r = read_whole(fd, &header, sizeof(header));

	if (r <= 0)
		return r;
	if (header.json_size > JOURNAL_PAYLOAD_MAX || header.text_size > FEED_TEXT_MAX)
		return -EBADMSG;
	buffer_clear(bytes);
	if (buffer_append_zeros(bytes, header.json_size + header.text_size) < 0)
		return -ENOMEM;
	r = bytes->size ? read_whole(fd, bytes->data, bytes->size) : 1;
	if (r <= 0)
		return r < 0 ? r : -EBADMSG;
	*ret = (struct sink_record){
		.sequence = header.sequence, .time = header.time,
		.json = bytes->data, .json_size = header.json_size,
		.text = bytes->data + header.json_size, .text_size = header.text_size,
	};
	memcpy(ret->hash, header.hash, sizeof(ret->hash));
	return 1;
}

int feed_tell(int fd, const struct feed_report *report, const char *text)
{
	int r = writeall(fd, report, sizeof(*report));

	return r < 0 ? r : writeall(fd, text, report->size);
}

ssize_t feed_take_report(const struct buffer *bytes, struct feed_report *ret, const char **ret_text)
{
	if (bytes->size < sizeof(*ret))
		return 0;
	memcpy(ret, bytes->data, sizeof(*ret));
	if (ret->kind < FEED_UP || ret->kind > FEED_DEAD || ret->size > FEED_REPORT_MAX)
		return -EBADMSG;
	if (bytes->size - sizeof(*ret) < ret->size)
		return 0;
	*ret_text = bytes->data + sizeof(*ret);
	return (ssize_t)(sizeof(*ret) + ret->size);
}
