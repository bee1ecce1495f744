/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of numbers, each kept once and known by an index */
#include "compile/interner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void interner_done(struct interner *interner)
{
	free(interner->values);
	free(interner->first);
	free(interner->slots);
	*interner = (struct interner){ 0 };
}

static uint64_t hash(const uint32_t *values, size_t count)
{
	uint64_t h = count * UINT64_C(0x9e3779b97f4a7c15) + 1;

	for (size_t i = 0; i < count; i++) {
		h = (h ^ values[i]) * UINT64_C(0xff51afd7ed558ccd);
		h ^= h >> 32;
	}
	return h;
}

/* The slot of a row, or the empty one it belongs into. */
static size_t find_slot(const struct interner *in, const uint32_t *values, size_t count)
{
	size_t mask = in->slot_count - 1, slot = hash(values, count) & mask;

	for (; in->slots[slot]; slot = (slot + 1) & mask) {
		size_t n;
		const uint32_t *have = interner_get(in, in->slots[slot] - 1, &n);

		if (n == count && (!n || !memcmp(have, values, n * sizeof(*values))))
			break;
	}
	return slot;
}

static int grow_slots(struct interner *in)
{
	size_t slot_count = in->slot_count ? 2 * in->slot_count : 64;
	uint32_t *slots = calloc(slot_count, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	free(in->slots);
	in->slots = slots;
	in->slot_count = slot_count;
	for (uint32_t i = 0; i < in->count; i++) {
		size_t n, slot;
		const uint32_t *values = interner_get(in, i, &n);

		/* All rows differ: the first empty slot is theirs. */
		for (slot = hash(values, n) & (slot_count - 1); slots[slot];)
			slot = (slot + 1) & (slot_count - 1);
		slots[slot] = i + 1;
	}
	return 0;
}

static int reserve(uint32_t **array, size_t *capacity, size_t need)
{
	size_t more = *capacity ? *capacity : 64;
	uint32_t *moved;

	if (need <= *capacity)
		return 0;
	while (more < need)
		more *= 2;
	moved = reallocarray(*array, more, sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	*array = moved;
	*capacity = more;
	return 0;
}

int interner_add(struct interner *in, const uint32_t *values, size_t count, uint32_t *ret)
{
	size_t slot;
	int r;

	if (in->value_count + count >= UINT32_MAX || in->count + 2 >= UINT32_MAX)
		return -E2BIG;
	if (2 * (in->count + 1) > in->slot_count) {
		r = grow_slots(in);
		if (r < 0)
			return r;
	}
	slot = find_slot(in, values, count);
	if (in->slots[slot]) {
		*ret = in->slots[slot] - 1;
		return 0;
	}
	r = reserve(&in->values, &in->value_capacity, in->value_count + count + 1);
	if (!r)
		r = reserve(&in->first, &in->capacity, in->count + 2);
	if (r < 0)
		return r;
	if (count)
		memcpy(in->values + in->value_count, values, count * sizeof(*values));
	in->first[in->count] = (uint32_t)in->value_count;
	in->value_count += count;
	in->first[++in->count] = (uint32_t)in->value_count;
	in->slots[slot] = (uint32_t)in->count;
	*ret = (uint32_t)in->count - 1;
	return 0;
}
