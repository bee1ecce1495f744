/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of numbers, each kept once and known by an index */
#ifndef BAILIWICK_COMPILE_INTERNER_H
#define BAILIWICK_COMPILE_INTERNER_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct interner - different rows of numbers, counted from 0
 * @values:	the numbers of all rows
 * @first:	@count + 1 offsets into @values
 * @slots:	hash table of index + 1
 *
 * All-zero bytes are a valid empty one.
 */
struct interner {
	uint32_t *values;
	size_t value_count, value_capacity;
	uint32_t *first;
	size_t count, capacity;
	uint32_t *slots;
	size_t slot_count;
};

/** interner_done() - free what it holds */
void interner_done(struct interner *interner);

/**
 * interner_add() - the index of a row of numbers
 * @ret:	its index; equal to the count before when the row is new
 *
 * Return: 0, -ENOMEM, or -E2BIG for more than 2^32 numbers.
 */
int interner_add(struct interner *interner, const uint32_t *values, size_t count, uint32_t *ret);

/** interner_get() - the numbers of a row; valid until the next interner_add() */
static inline const uint32_t *interner_get(const struct interner *interner, uint32_t index,
					   size_t *ret_count)
{
	*ret_count = interner->first[index + 1] - interner->first[index];
	return interner->values + interner->first[index];
}

#endif
