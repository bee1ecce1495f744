/* SPDX-License-Identifier: Apache-2.0 */
/* FNV-1a, 64 bits: for tables and change detection, never for trust */
#ifndef BAILIWICK_BASE_HASH64_H
#define BAILIWICK_BASE_HASH64_H

#include <stddef.h>
#include <stdint.h>

/* The value to start a chain with */
#define HASH64_START UINT64_C(0xcbf29ce484222325)

/** hash64_more() - continue a hash over further bytes */
uint64_t hash64_more(uint64_t hash, const void *data, size_t size);

/** hash64() - the hash of one stretch of bytes */
uint64_t hash64(const void *data, size_t size);

#endif
