/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs remember of files with several hard links */
#ifndef BAILIWICK_LOAD_LINKMAP_H
#define BAILIWICK_LOAD_LINKMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/loaded.h"

/**
 * struct linkmap - as of now
 * @full:	it had no room for a file under the image in force
 * @crossed:	names moved or made that only a look finds again, since the load
 */
struct linkmap {
	bool full;
	uint64_t crossed;
};

/** linkmap_read() - 0 or a negative errno */
int linkmap_read(const struct loaded *loaded, struct linkmap *ret);

/** linkmap_purge() - what is of an earlier image; how many, or a negative errno */
int linkmap_purge(const struct loaded *loaded);

struct enforcement;

/* The same of what is in force here */
int enforcement_linkmap_read(const struct enforcement *enforcement, struct linkmap *ret);
int enforcement_linkmap_purge(const struct enforcement *enforcement);

#endif
