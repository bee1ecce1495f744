/* SPDX-License-Identifier: Apache-2.0 */
/* The most frequent of many names, in bounded memory */
#include "ctl/rank.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash64.h"

static struct rank_entry *find(const struct rank *rank, uint64_t hash, const char *text)
{
	for (size_t i = 0; i < rank->count; i++)
		if (rank->entries[i].hash == hash && !strcmp(rank->entries[i].text, text))
			return rank->entries + i;
	return NULL;
}

static struct rank_entry *rarest(const struct rank *rank)
{
	struct rank_entry *found = rank->entries;

	for (size_t i = 1; i < rank->count; i++)
		if (rank->entries[i].count < found->count)
			found = rank->entries + i;
	return found;
}

/* An entry with no name yet; what it counted for another is its excess */
static struct rank_entry *make_room(struct rank *rank)
{
	size_t capacity = rank->capacity ? rank->capacity * 2 : 64;
	struct rank_entry *entry;

	if (rank->count >= RANK_MOST) {
		entry = rarest(rank);
		free(entry->text);
		entry->text = NULL;
		entry->excess = entry->before = entry->count;
		return entry;
	}
	if (rank->count == rank->capacity) {
		entry = reallocarray(rank->entries, capacity, sizeof(*entry));
		if (!entry)
			return NULL;
		rank->entries = entry;
		rank->capacity = capacity;
	}
	entry = rank->entries + rank->count++;
	memset(entry, 0, sizeof(*entry));
	return entry;
}

int rank_add(struct rank *rank, const char *text, uint64_t n)
{
	uint64_t hash = hash64(text, strlen(text));
	struct rank_entry *entry = find(rank, hash, text);

	if (!entry) {
		char *copy = strdup(text);

		entry = copy ? make_room(rank) : NULL;
		if (!entry) {
			free(copy);
			return -ENOMEM;
		}
		entry->text = copy;
		entry->hash = hash;
	}
	entry->count += n;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct rank_entry *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return strcmp(x->text, y->text);
}

void rank_sort(struct rank *rank)
{
	if (rank->count)
		qsort(rank->entries, rank->count, sizeof(*rank->entries), compare);
}

void rank_mark(struct rank *rank)
{
	for (size_t i = 0; i < rank->count; i++)
		rank->entries[i].before = rank->entries[i].count;
}

void rank_done(struct rank *rank)
{
	for (size_t i = 0; i < rank->count; i++)
		free(rank->entries[i].text);
	free(rank->entries);
	memset(rank, 0, sizeof(*rank));
}
