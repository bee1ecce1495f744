/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays that grow by one */
#ifndef BAILIWICK_COMPILE_ARRAY_H
#define BAILIWICK_COMPILE_ARRAY_H

#include <stddef.h>

/**
 * array_grow() - make room for one element more
 * @array:	address of the pointer to the elements
 * @count:	elements in use
 * @capacity:	elements there is room for
 * @size:	bytes of an element
 *
 * Return: 0, or -ENOMEM.
 */
int array_grow(void *array, size_t count, size_t *capacity, size_t size);

#endif
