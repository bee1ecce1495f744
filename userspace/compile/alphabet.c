/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that no pattern tells apart share one byte class */
#include "compile/alphabet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void alphabet_done(struct alphabet *alphabet)
{
	free(alphabet->sets);
	*alphabet = (struct alphabet){ 0 };
}

int alphabet_add_set(struct alphabet *alphabet, const struct byte_set *set)
{
	size_t i;

	for (i = 0; i < alphabet->set_count; i++)
		if (!memcmp(&alphabet->sets[i], set, sizeof(*set)))
			return (int)i;
	if (i == ALPHABET_SETS_MAX)
		return -E2BIG;
	if (i == alphabet->set_capacity) {
		size_t capacity = i ? 2 * i : 16;
		struct byte_set *more = reallocarray(alphabet->sets, capacity, sizeof(*more));

		if (!more)
			return -ENOMEM;
		alphabet->sets = more;
		alphabet->set_capacity = capacity;
	}
	alphabet->sets[alphabet->set_count++] = *set;
	return (int)i;
}

/* Split every class in two: bytes inside and outside of a set. */
static void split(struct alphabet *alphabet, const struct byte_set *set)
{
	int inside[256];	/* class -> class of its bytes inside the set */
	bool outside[256] = { false };
	uint32_t classes = alphabet->class_count;

	for (uint32_t c = 0; c < classes; c++)
		inside[c] = -1;
	for (uint32_t b = 0; b < 256; b++)
		if (!byte_set_has(set, (uint8_t)b))
			outside[alphabet->class_of[b]] = true;
	for (uint32_t b = 0; b < 256; b++) {
		uint8_t class = alphabet->class_of[b];

		if (!byte_set_has(set, (uint8_t)b) || !outside[class])
			continue;
		if (inside[class] < 0)
			inside[class] = (int)alphabet->class_count++;
		alphabet->class_of[b] = (uint8_t)inside[class];
	}
}

/* NUL's class becomes class 0. */
static void put_nul_first(struct alphabet *alphabet)
{
	uint8_t nul = alphabet->class_of[0];

	for (uint32_t b = 0; b < 256; b++) {
		if (alphabet->class_of[b] == nul)
			alphabet->class_of[b] = 0;
		else if (alphabet->class_of[b] == 0)
			alphabet->class_of[b] = nul;
	}
}

void alphabet_build(struct alphabet *alphabet)
{
	memset(alphabet->class_of, 0, sizeof(alphabet->class_of));
	alphabet->class_count = 1;
	byte_set_add(&alphabet->literal, '/');
	for (uint32_t b = 0; b < 256; b++) {
		struct byte_set one = { { 0 } };

		if (!byte_set_has(&alphabet->literal, (uint8_t)b))
			continue;
		byte_set_add(&one, (uint8_t)b);
		split(alphabet, &one);
	}
	for (size_t i = 0; i < alphabet->set_count; i++)
		split(alphabet, &alphabet->sets[i]);
	put_nul_first(alphabet);
	for (uint32_t b = 256; b-- > 0;)
		alphabet->byte_of[alphabet->class_of[b]] = (uint8_t)b;
}
