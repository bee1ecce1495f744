/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays that grow by one */
#include "compile/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int array_grow(void *array, size_t count, size_t *capacity, size_t size)
{
	size_t more = *capacity ? 2 * *capacity : 64;
	void *elements, *moved;

	if (count < *capacity)
		return 0;
	memcpy(&elements, array, sizeof(elements));
	moved = reallocarray(elements, more, size);
	if (!moved)
		return -ENOMEM;
	memcpy(array, &moved, sizeof(moved));
	*capacity = more;
	return 0;
}
