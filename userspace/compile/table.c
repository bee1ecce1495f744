/* SPDX-License-Identifier: Apache-2.0 */
/* Where records stand in a hash section of an image */
#include "compile/table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include <bailiwick/abi.h>

#include "base/cleanup.h"

#define SLOTS_MAX (1u << 24)

/* Linear probing, as far as a look-up is willing to walk. */
static bool place(const uint32_t *home, size_t count, uint8_t *taken, uint32_t mask, uint32_t *slot)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t probe = 0;

		while (probe < BAILIWICK_PROBES_MAX && taken[(home[i] + probe) & mask])
			probe++;
		if (probe == BAILIWICK_PROBES_MAX)
			return false;
		slot[i] = (home[i] + probe) & mask;
		taken[slot[i]] = 1;
	}
	return true;
}

int table_place(const uint32_t *home, size_t count, uint32_t *ret_slot, uint32_t *ret_slots)
{
	uint32_t slots = 1;

	while (slots < 2 * count && slots < SLOTS_MAX)
		slots *= 2;
	for (; slots <= SLOTS_MAX; slots *= 2) {
		_cleanup_free_ uint8_t *taken = calloc(slots, 1);

		if (!taken)
			return -ENOMEM;
		if (place(home, count, taken, slots - 1, ret_slot)) {
			*ret_slots = slots;
			return 0;
		}
	}
	return -E2BIG;
}
