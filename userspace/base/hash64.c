// SPDX-License-Identifier: Apache-2.0
/* FNV-1a, 64 bits */
#include "base/hash64.h"

#define PRIME UINT64_C(0x100000001b3)

uint64_t hash64_more(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *byte = data;
	size_t i;

	for (i = 0; i < size; i++) {
		hash ^= byte[i];
		hash *= PRIME;
	}
	return hash;
}

uint64_t hash64(const void *data, size_t size)
{
	return hash64_more(HASH64_START, data, size);
}
