// SPDX-License-Identifier: Apache-2.0
/* Names to things */
#include "base/strmap.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash64.h"

#define FIRST_CAPACITY 16

struct strmap_slot {
	const char *key;	/* NULL: free */
	void *value;
	uint64_t hash;
};

/* The slot that holds the key, or the free one where it belongs */
static struct strmap_slot *find(struct strmap_slot *slots, size_t capacity,
				const char *key, uint64_t hash)
{
	size_t at = (hash ^ hash >> 32) & (capacity - 1);

	while (slots[at].key && (slots[at].hash != hash || strcmp(slots[at].key, key) != 0))
		at = (at + 1) & (capacity - 1);
	return &slots[at];
}

static int grow(struct strmap *map)
{
	size_t capacity = map->capacity ? 2 * map->capacity : FIRST_CAPACITY, i;
	struct strmap_slot *slots = calloc(capacity, sizeof(*slots));

	if (!slots)
		return -1;
	for (i = 0; i < map->capacity; i++)
		if (map->slots[i].key)
			*find(slots, capacity, map->slots[i].key, map->slots[i].hash) =
				map->slots[i];
	free(map->slots);
	map->slots = slots;
	map->capacity = capacity;
	return 0;
}

void strmap_done(struct strmap *map)
{
	free(map->slots);
	*map = (struct strmap){ 0 };
}

void *strmap_get(const struct strmap *map, const char *key)
{
	if (!map->count)
		return NULL;
	return find(map->slots, map->capacity, key, hash64(key, strlen(key)))->value;
}

void *strmap_put(struct strmap *map, const char *key, void *value)
{
	uint64_t hash = hash64(key, strlen(key));
	struct strmap_slot *slot;

	if (map->count >= map->capacity / 2 && grow(map) < 0)
		return map;
	slot = find(map->slots, map->capacity, key, hash);
	if (slot->key)
		return slot->value;
	*slot = (struct strmap_slot){ .key = key, .value = value, .hash = hash };
	map->count++;
	return NULL;
}
