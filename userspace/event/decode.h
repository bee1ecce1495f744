/* SPDX-License-Identifier: Apache-2.0 */
/* Ring records, checked before anything in them is believed */
#ifndef BAILIWICK_EVENT_DECODE_H
#define BAILIWICK_EVENT_DECODE_H

#include <stddef.h>
#include <stdint.h>

#include <bailiwick/event.h>

/**
 * struct denial - a denial record whose sizes and numbers were checked
 * @record:	a copy; numbers of a vocabulary are inside it
 * @path:	into the record, record.path_size bytes, not terminated; as are
 * @exe:	these
 * @unit:
 * @count:	1, or how often it was repeated when the record tells that
 */
struct denial {
	struct bailiwick_denial record;
	const char *path;
	const char *exe;
	const char *unit;
	uint64_t count;
};

/* What a record turned out to be */
enum decode_answer {
	DECODE_DENIAL,		/* *ret is set */
	DECODE_UNKNOWN,		/* a kind this program does not know; *ret_header is set */
	DECODE_FOREIGN,		/* of another ABI; *ret_header is set */
	DECODE_MALFORMED,	/* sizes or numbers contradict each other */
};

/**
 * decode_record() - look at one ring record
 * @record:	@size bytes of any alignment
 * @ret_header:	the header, for every answer but a record too short for one,
 *		where it is zero
 */
enum decode_answer decode_record(const void *record, size_t size,
				 struct bailiwick_event *ret_header, struct denial *ret);

#endif
