// SPDX-License-Identifier: Apache-2.0
/* Ring records, checked before anything in them is believed */
#include "event/decode.h"

#include <stdbool.h>
#include <string.h>

static bool numbers_known(const struct bailiwick_denial *d)
{
	return d->operation < BAILIWICK_OP_COUNT && d->reason < BAILIWICK_REASON_COUNT &&
	       d->verdict < BAILIWICK_VERDICT_COUNT && d->severity < BAILIWICK_SEVERITY_COUNT &&
	       d->object <= BAILIWICK_OBJECT_NAME;
}

static bool sizes_agree(const struct bailiwick_denial *d, size_t size)
{
	size_t strings = (size_t)d->path_size + d->exe_size + d->unit_size;

	/* the ring may round a record up; the strings must lie inside what it says */
	return d->path_size <= BAILIWICK_PATH_MAX && d->exe_size <= BAILIWICK_PATH_MAX &&
	       d->unit_size <= BAILIWICK_PATH_MAX && d->event.size <= size &&
	       sizeof(*d) + strings <= d->event.size;
}

static enum decode_answer decode_denial(const char *record, size_t size, struct denial *ret)
{
	const char *strings;

	if (size < sizeof(ret->record))
		return DECODE_MALFORMED;
	memcpy(&ret->record, record, sizeof(ret->record));
	if (!sizes_agree(&ret->record, size) || !numbers_known(&ret->record))
		return DECODE_MALFORMED;
	strings = record + sizeof(ret->record);
	ret->path = strings;
	ret->exe = strings + ret->record.path_size;
	ret->unit = ret->exe + ret->record.exe_size;
	ret->count = 1;
	return DECODE_DENIAL;
}

/* The record as it was told first, with a header and a count of its own */
static enum decode_answer decode_repeats(const char *record, size_t size, struct denial *ret)
{
	struct bailiwick_repeats head;

	if (size < sizeof(head))
		return DECODE_MALFORMED;
	memcpy(&head, record, sizeof(head));
	if (head.event.size > size || head.event.size < sizeof(head) || !head.count ||
	    decode_denial(record + sizeof(head), head.event.size - sizeof(head), ret) !=
		    DECODE_DENIAL ||
	    ret->record.event.kind != BAILIWICK_EVENT_DENIAL)
		return DECODE_MALFORMED;
	ret->record.event = head.event;
	ret->count = head.count;
	return DECODE_DENIAL;
}

enum decode_answer decode_record(const void *record, size_t size,
				 struct bailiwick_event *ret_header, struct denial *ret)
{
	memset(ret_header, 0, sizeof(*ret_header));
	if (size < sizeof(*ret_header))
		return DECODE_MALFORMED;
	memcpy(ret_header, record, sizeof(*ret_header));
	if (ret_header->abi != BAILIWICK_ABI)
		return DECODE_FOREIGN;
	if (ret_header->kind == BAILIWICK_EVENT_NONE)
		return DECODE_MALFORMED;
	if (ret_header->kind == BAILIWICK_EVENT_DENIAL)
		return decode_denial(record, size, ret);
	if (ret_header->kind == BAILIWICK_EVENT_REPEATS)
		return decode_repeats(record, size, ret);
	return DECODE_UNKNOWN;
}
