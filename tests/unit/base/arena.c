// SPDX-License-Identifier: Apache-2.0
/* Many small allocations that end together */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdalign.h>
#include <string.h>

#include "base/arena.h"

static void pieces_are_zero_aligned_and_apart(void **state)
{
	struct arena *arena = arena_new();
	unsigned char *before = NULL;
	size_t i, j;

	(void)state;
	for (i = 0; i < 5000; i++) {
		size_t size = i % 97;
		unsigned char *piece = arena_alloc(arena, size);

		assert_non_null(piece);
		assert_int_equal((uintptr_t)piece % alignof(max_align_t), 0);
		for (j = 0; j < size; j++)
			assert_int_equal(piece[j], 0);
		if (before && size)
			assert_int_equal(*before, 0xab);
		memset(piece, 0xab, size);
		before = size ? piece : before;
	}
	arena_free(arena);
}

static void large_pieces_do_not_end_the_block(void **state)
{
	struct arena *arena = arena_new();
	char *first = arena_text(arena, "first", 5), *large, *second;

	(void)state;
	large = arena_alloc(arena, 1 << 20);
	assert_non_null(large);
	large[(1 << 20) - 1] = 1;
	second = arena_text(arena, "second", 3);
	assert_string_equal(second, "sec");
	assert_ptr_equal(second, first + 6);
	arena_free(arena);
}

static void impossible_sizes_are_refused(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_null(arena_array(arena, SIZE_MAX / 2, 3));
	assert_null(arena_alloc(arena, SIZE_MAX));
	assert_null(arena_text(arena, "", SIZE_MAX));
	assert_non_null(arena_array(arena, 0, 8));
	assert_null(arena_free(arena));
	assert_null(arena_free(NULL));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_zero_aligned_and_apart),
		cmocka_unit_test(large_pieces_do_not_end_the_block),
		cmocka_unit_test(impossible_sizes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
