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

enum decode_answer decode_record(const void *record, size_t size,
				 struct bailiwick_event *ret_header, struct denial *ret)
{
	const char *strings;

	memset(ret_header, 0, sizeof(*ret_header));
	if (size < sizeof(*ret_header))
		return DECODE_MALFORMED;
	memcpy(ret_header, record, sizeof(*ret_header));
	if (ret_header->abi != BAILIWICK_ABI)
		return DECODE_FOREIGN;
	if (ret_header->kind == BAILIWICK_EVENT_NONE)
		return DECODE_MALFORMED;
	if (ret_header->kind != BAILIWICK_EVENT_DENIAL)
		return DECODE_UNKNOWN;
	if (size < sizeof(ret->record))
		return DECODE_MALFORMED;
	memcpy(&ret->record, record, sizeof(ret->record));
	if (!sizes_agree(&ret->record, size) || !numbers_known(&ret->record))
		return DECODE_MALFORMED;
	strings = (const char *)record + sizeof(ret->record);
	ret->path = strings;
	ret->exe = strings + ret->record.path_size;
	ret->unit = ret->exe + ret->record.exe_size;
	return DECODE_DENIAL;
}
