/* SPDX-License-Identifier: Apache-2.0 */
/* Many small allocations that end together */
#ifndef BAILIWICK_BASE_ARENA_H
#define BAILIWICK_BASE_ARENA_H

#include <stddef.h>

/* Memory that is given out piece by piece and freed as a whole */
struct arena;

/** arena_new() - an empty arena, or NULL; free it with arena_free() */
struct arena *arena_new(void);

/** arena_free() - free the arena and all that came from it; NULL is fine; returns NULL */
struct arena *arena_free(struct arena *arena);

/** arena_alloc() - zeroed memory aligned for any type, or NULL; @size may be 0 */
void *arena_alloc(struct arena *arena, size_t size);

/** arena_array() - zeroed memory for @count elements of @size bytes, or NULL */
void *arena_array(struct arena *arena, size_t count, size_t size);

/** arena_text() - a NUL-terminated copy of @size bytes, or NULL */
char *arena_text(struct arena *arena, const char *text, size_t size);

#endif
