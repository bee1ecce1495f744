// SPDX-License-Identifier: Apache-2.0
/* Many small allocations that end together */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 65536

struct block {
	struct block *next;
	size_t used;
	size_t size;
	alignas(max_align_t) unsigned char bytes[];
};

struct arena {
	struct block *blocks;	/* the first is the one being filled */
};

struct arena *arena_new(void)
{
	return calloc(1, sizeof(struct arena));
}

struct arena *arena_free(struct arena *arena)
{
	struct block *block, *next;

	if (!arena)
		return NULL;
	for (block = arena->blocks; block; block = next) {
		next = block->next;
		free(block);
	}
	free(arena);
	return NULL;
}

static struct block *block_new(size_t size)
{
	struct block *block = NULL;
	size_t whole;

	if (!__builtin_add_overflow(sizeof(*block), size, &whole))
		block = calloc(1, whole);
	if (block)
		block->size = size;
	return block;
}

/* Memory at the next multiple of @align, a power of two */
static void *take(struct arena *arena, size_t size, size_t align)
{
	struct block *block = arena->blocks;
	size_t start = block ? (block->used + align - 1) & ~(align - 1) : 0;

	if (block && start <= block->size && size <= block->size - start) {
		block->used = start + size;
		return block->bytes + start;
	}
	block = block_new(size > BLOCK_SIZE / 4 ? size : BLOCK_SIZE);
	if (!block)
		return NULL;
	block->used = size;
	if (arena->blocks && size > BLOCK_SIZE / 4) {
		/* A block of its own; the one being filled stays in front */
		block->next = arena->blocks->next;
		arena->blocks->next = block;
	} else {
		block->next = arena->blocks;
		arena->blocks = block;
	}
	return block->bytes;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	return take(arena, size, alignof(max_align_t));
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t whole;

	if (__builtin_mul_overflow(count, size, &whole))
		return NULL;
	return arena_alloc(arena, whole);
}

char *arena_text(struct arena *arena, const char *text, size_t size)
{
	char *copy = size == SIZE_MAX ? NULL : take(arena, size + 1, 1);

	if (copy && size)
		memcpy(copy, text, size);
	return copy;
}
