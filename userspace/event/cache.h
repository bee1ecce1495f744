/* SPDX-License-Identifier: Apache-2.0 */
/* Explanations that were found already: a flood of denials is mostly the same few */
#ifndef BAILIWICK_EVENT_CACHE_H
#define BAILIWICK_EVENT_CACHE_H

#include "base/cleanup.h"
#include "image/explain.h"

/*
 * Finding the deciding line takes a look at every rule of a role, and the ring
 * fills meanwhile.  Explanations point into their image: forget them all before
 * an image is closed.
 */
struct explain_cache;

/** explain_cache_new() - empty, or NULL */
struct explain_cache *explain_cache_new(void);

/** explain_cache_free() - NULL is fine; returns NULL */
struct explain_cache *explain_cache_free(struct explain_cache *cache);
DEFINE_CLEANUP(struct explain_cache *, explain_cache_free);

/** explain_cache_forget() - an image goes away */
void explain_cache_forget(struct explain_cache *cache);

/** explain_cached() - explain_file() through the cache; @cache may be NULL */
int explain_cached(struct explain_cache *cache, const struct image *image, uint32_t row,
		   const char *path, size_t size, uint32_t rights, struct explanation *ret);

#endif
