/* SPDX-License-Identifier: Apache-2.0 */
/* Between the controller and a sink's process: records there, reports back */
#ifndef BAILIWICK_SINK_FEED_H
#define BAILIWICK_SINK_FEED_H

#include "sink/sink.h"

#define FEED_TEXT_MAX (16u << 10)	/* of a record's line for people */
#define FEED_REPORT_MAX (300u << 10)	/* of a report's text */

/* What a sink tells */
enum feed_kind {
	FEED_UP = 1,		/* connected */
	FEED_TROUBLE,		/* the text says what; it tries again */
	FEED_DELIVERED,		/* everything up to @sequence; @count of them were sent */
	FEED_DEAD,		/* the record @sequence never can be: the reason, NUL, its JSON */
};

struct feed_report {
	uint32_t kind;
	uint32_t size;			/* of the text behind it */
	uint64_t sequence;
	uint64_t count;
};

/** feed_add_record() - add the bytes of a record to @out; 0 or -ENOMEM */
int feed_add_record(struct buffer *out, const struct sink_record *record);

/**
 * feed_read_record() - wait for a record
 * @bytes:	what @ret points into
 *
 * Return: 1, 0 at the end, -EBADMSG or another negative errno.
 */
int feed_read_record(int fd, struct buffer *bytes, struct sink_record *ret);

/** feed_tell() - write a report, waiting for room; 0 or a negative errno */
int feed_tell(int fd, const struct feed_report *report, const char *text);

/**
 * feed_take_report() - the first report in what was read
 * @ret_text:	its text in @bytes, not terminated
 *
 * Return: bytes it takes, 0 when it is not complete, -EBADMSG when it is none.
 */
ssize_t feed_take_report(const struct buffer *bytes, struct feed_report *ret, const char **ret_text);

#endif
