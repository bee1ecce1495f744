/* SPDX-License-Identifier: Apache-2.0 */
/* Where records stand in a hash section of an image */
#ifndef BAILIWICK_COMPILE_TABLE_H
#define BAILIWICK_COMPILE_TABLE_H

#include <stddef.h>
#include <stdint.h>

/**
 * table_place() - slots for records, so that a look-up finds each in time
 * @home:	bailiwick_hash() of each record's key
 * @ret_slot:	a slot for each; @count elements given by the caller
 * @ret_slots:	slots the table has: a power of two, at least 1
 *
 * Return: 0; -E2BIG when no table of a sensible size does; -ENOMEM.
 */
int table_place(const uint32_t *home, size_t count, uint32_t *ret_slot, uint32_t *ret_slots);

#endif
