/* SPDX-License-Identifier: Apache-2.0 */
/* Names to things */
#ifndef BAILIWICK_BASE_STRMAP_H
#define BAILIWICK_BASE_STRMAP_H

#include <stddef.h>

/**
 * struct strmap - a hash table with strings as keys
 * @slots:	private
 * @count:	entries
 * @capacity:	slots, 0 or a power of two
 *
 * Keys and values are borrowed. All-zero bytes are a valid empty map.
 */
struct strmap {
	struct strmap_slot *slots;
	size_t count;
	size_t capacity;
};

/** strmap_done() - free the table (not what it borrowed) and make it empty */
void strmap_done(struct strmap *map);

/** strmap_get() - the value of a key, or NULL */
void *strmap_get(const struct strmap *map, const char *key);

/**
 * strmap_put() - add a key
 * @value:	not NULL
 *
 * Return: NULL when it was added; the value that is there already (nothing is
 * changed then); @map itself when memory is out.
 */
void *strmap_put(struct strmap *map, const char *key, void *value);

#endif
