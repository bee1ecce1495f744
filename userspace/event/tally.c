// SPDX-License-Identifier: Apache-2.0
/* Denials counted by severity, verdict and role, in bounded memory */
#include "event/tally.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash64.h"

static uint64_t hash_of(uint32_t severity, const char *verdict, const char *role)
{
	uint64_t hash = hash64(&severity, sizeof(severity));

	hash = hash64_more(hash, verdict, strlen(verdict) + 1);
	return hash64_more(hash, role, strlen(role));
}

static struct tally_entry *find(const struct tally *tally, uint64_t hash, uint32_t severity,
				const char *verdict, const char *role)
{
	for (size_t i = 0; i < tally->count; i++) {
		struct tally_entry *entry = tally->entries + i;

		if (entry->hash == hash && entry->severity == severity &&
		    !strcmp(entry->verdict, verdict) && !strcmp(entry->role, role))
			return entry;
	}
	return NULL;
}

static bool make_room(struct tally *tally)
{
	size_t capacity = tally->capacity ? tally->capacity * 2 : 16;
	struct tally_entry *more;

	if (tally->count < tally->capacity)
		return true;
	more = reallocarray(tally->entries, capacity, sizeof(*more));
	if (!more)
		return false;
	tally->entries = more;
	tally->capacity = capacity;
	return true;
}

static struct tally_entry *add(struct tally *tally, uint64_t hash, uint32_t severity,
			       const char *verdict, const char *role)
{
	struct tally_entry *entry;
	char *copy;

	if (!make_room(tally) || !(copy = strdup(role)))
		return NULL;
	entry = tally->entries + tally->count++;
	*entry = (struct tally_entry){ .role = copy, .verdict = verdict, .severity = severity,
				       .hash = hash };
	return entry;
}

/* Room is left for TALLY_OTHER of every severity and verdict */
void tally_add(struct tally *tally, uint32_t severity, const char *verdict, const char *role,
	       uint64_t count)
{
	uint64_t hash = hash_of(severity, verdict, role);
	struct tally_entry *entry = find(tally, hash, severity, verdict, role);

	if (!entry && tally->count >= TALLY_MOST) {
		role = TALLY_OTHER;
		hash = hash_of(severity, verdict, role);
		entry = find(tally, hash, severity, verdict, role);
	}
	if (!entry)
		entry = add(tally, hash, severity, verdict, role);
	if (!entry && tally->count)
		entry = tally->entries;
	if (entry)
		entry->count += count;
}

void tally_done(struct tally *tally)
{
	for (size_t i = 0; i < tally->count; i++)
		free(tally->entries[i].role);
	free(tally->entries);
	memset(tally, 0, sizeof(*tally));
}
