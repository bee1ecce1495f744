// SPDX-License-Identifier: Apache-2.0
/* Keeping the journal within its limits: old segments are packed, then deleted */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "journal/store.h"

#define UNFINISHED "packing"

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* --- deleting --------------------------------------------------------------- */

/* When a segment was begun: what is in those before it is older */
static uint64_t begun(const struct journal *journal, uint64_t first)
{
	struct segment_cursor cursor;
	uint64_t created;

	if (segment_open(journal->directory, first, O_RDONLY, &cursor) < 0)
		return UINT64_MAX;
	created = le64toh(cursor.header.created);
	segment_close(&cursor);
	return created;
}

static size_t past_size(const struct journal *journal)
{
	uint64_t bytes = journal->closed_bytes + (uint64_t)journal->tail.offset;
	size_t n = 0;

	for (; n + 1 < journal->segments.count && bytes > journal->options.total_size; n++) {
		uint64_t size = store_segment_bytes(journal, journal->segments.first[n]);

		bytes -= size < bytes ? size : bytes;
	}
	return n;
}

static size_t past_age(const struct journal *journal, size_t n)
{
	uint64_t limit = now();

	if (!journal->options.max_age || limit < journal->options.max_age)
		return n;
	limit -= journal->options.max_age;
	while (n + 1 < journal->segments.count && begun(journal, journal->segments.first[n + 1]) < limit)
		n++;
	return n;
}

bool journal_crowded(const struct journal *journal)
{
	return journal->segments.count > 1 && journal_bytes(journal) > journal->options.total_size;
}

bool journal_excess(const struct journal *journal, uint64_t *ret_first, bool *ret_age)
{
	size_t size = past_size(journal), n = past_age(journal, size);

	*ret_first = journal->segments.first[n];
	*ret_age = n > size;
	return n > 0;
}

void journal_trim(struct journal *journal, uint64_t first)
{
	struct segment_list *list = &journal->segments;
	char name[SEGMENT_NAME_MAX];

	while (list->count > 1 && list->first[0] < first && list->first[1] <= first) {
		uint64_t size = store_segment_bytes(journal, list->first[0]);

		if (journal->packing.pack && journal->packing.first == list->first[0])
			store_stop_packing(journal);
		if (unlinkat(journal->directory, segment_name(list->first[0], name), 0) < 0 &&
		    errno != ENOENT)
			return;
		if (unlinkat(journal->directory, segment_packed_name(list->first[0], name), 0) < 0 &&
		    errno != ENOENT)
			return;
		journal->closed_bytes -= size < journal->closed_bytes ? size : journal->closed_bytes;
		memmove(list->first, list->first + 1, --list->count * sizeof(*list->first));
	}
}

/* --- packing ---------------------------------------------------------------- */

void store_stop_packing(struct journal *journal)
{
	struct packing *packing = &journal->packing;

	if (packing->pack)
		unlinkat(journal->directory, UNFINISHED, 0);
	packing->pack = pack_free(packing->pack);
	segment_close(&packing->cursor);
	if (packing->out >= 0)
		close(packing->out);
	packing->out = -1;
	packing->written = false;
}

/* The oldest closed segment that is not packed yet; 0 when there is none */
static uint64_t next_to_pack(struct journal *journal)
{
	char name[SEGMENT_NAME_MAX];

	for (size_t i = 0; i + 1 < journal->segments.count; i++) {
		uint64_t first = journal->segments.first[i];

		if (first <= journal->unpackable)
			continue;
		if (faccessat(journal->directory, segment_name(first, name), F_OK,
			      AT_SYMLINK_NOFOLLOW) == 0)
			return first;
		journal->unpackable = first;
	}
	return 0;
}

static int begin_packing(struct journal *journal, uint64_t first)
{
	struct packing *packing = &journal->packing;
	int r = segment_open(journal->directory, first, O_RDONLY, &packing->cursor);

	if (r < 0)
		return r;
	packing->first = first;
	packing->out = openat(journal->directory, UNFINISHED,
			      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (packing->out < 0)
		r = -errno;
	if (r == 0)
		r = pack_new(packing->cursor.fd, packing->out, &packing->pack);
	if (r < 0)
		store_stop_packing(journal);
	return r;
}

/* Check the chain over about @most bytes: 1 when it holds to the end, 0 when there is more */
static int check_some(struct packing *packing, size_t most)
{
	off_t until = packing->cursor.offset + (off_t)most;

	while (packing->cursor.offset < until) {
		struct segment_record record;
		int r = segment_next(&packing->cursor, &record);

		if (r == SEGMENT_END)
			return 1;
		if (r != SEGMENT_RECORD)
			return r < 0 ? r : -EBADMSG;
		segment_record_done(&record);
	}
	return 0;
}

/* The plain form goes when the packed one is there for good */
static int replace(struct journal *journal)
{
	struct packing *packing = &journal->packing;
	uint64_t before = store_segment_bytes(journal, packing->first);
	char name[SEGMENT_NAME_MAX];

	if (fsync(packing->out) < 0 ||
	    renameat(journal->directory, UNFINISHED, journal->directory,
		     segment_packed_name(packing->first, name)) < 0 ||
	    fsync(journal->directory) < 0 ||
	    unlinkat(journal->directory, segment_name(packing->first, name), 0) < 0)
		return -errno;
	journal->closed_bytes -= before < journal->closed_bytes ? before : journal->closed_bytes;
	journal->closed_bytes += store_segment_bytes(journal, packing->first);
	packing->pack = pack_free(packing->pack);
	return 0;
}

int journal_pack(struct journal *journal, size_t most)
{
	struct packing *packing = &journal->packing;
	int r = 0;

	if (!packing->pack) {
		uint64_t first = next_to_pack(journal);

		if (!first)
			return 0;
		r = begin_packing(journal, first);
		if (r == -EBADMSG)
			journal->unpackable = first;
		if (r < 0)
			return r;
	}
	r = check_some(packing, most);
	if (r >= 0 && !packing->written) {
		int whole = pack_step(packing->pack, most);

		packing->written = whole > 0;
		r = whole < 0 ? whole : r;
	}
	if (r == 0 || (r > 0 && !packing->written))
		return 1;
	if (r > 0)
		r = replace(journal);
	/* what is damaged stays as it is: it is evidence */
	if (r == 0 || r == -EBADMSG)
		journal->unpackable = packing->first;
	store_stop_packing(journal);
	return r < 0 ? r : 1;
}
