// SPDX-License-Identifier: Apache-2.0
/* Explanations that were found already: a flood of denials is mostly the same few */
#include "event/cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash64.h"

#define ENTRIES 512		/* a power of two */
#define PATH_KEPT 512		/* bytes; longer paths are explained every time */

struct entry {
	const struct image *image;	/* NULL is an empty entry */
	uint32_t row;
	uint32_t rights;
	size_t size;
	char path[PATH_KEPT];
	struct explanation explanation;
};

struct explain_cache {
	struct entry entries[ENTRIES];
};

struct explain_cache *explain_cache_new(void)
{
	return calloc(1, sizeof(struct explain_cache));
}

struct explain_cache *explain_cache_free(struct explain_cache *cache)
{
	free(cache);
	return NULL;
}

void explain_cache_forget(struct explain_cache *cache)
{
	for (size_t i = 0; i < ENTRIES; i++)
		cache->entries[i].image = NULL;
}

static struct entry *home(struct explain_cache *cache, uint32_t row, const char *path, size_t size,
			  uint32_t rights)
{
	uint64_t hash = hash64(path, size);

	hash = hash64_more(hash, &row, sizeof(row));
	hash = hash64_more(hash, &rights, sizeof(rights));
	return &cache->entries[(hash ^ hash >> 32) % ENTRIES];
}

int explain_cached(struct explain_cache *cache, const struct image *image, uint32_t row,
		   const char *path, size_t size, uint32_t rights, struct explanation *ret)
{
	struct entry *entry;
	int r;

	if (!cache || size > PATH_KEPT)
		return explain_file(image, row, path, size, rights, ret);
	entry = home(cache, row, path, size, rights);
	if (entry->image == image && entry->row == row && entry->rights == rights &&
	    entry->size == size && memcmp(entry->path, path, size) == 0) {
		*ret = entry->explanation;
		return 0;
	}
	r = explain_file(image, row, path, size, rights, ret);
	if (r < 0)
		return r;
	entry->image = image;
	entry->row = row;
	entry->rights = rights;
	entry->size = size;
	memcpy(entry->path, path, size);
	entry->explanation = *ret;
	return 0;
}
