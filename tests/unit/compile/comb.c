// SPDX-License-Identifier: Apache-2.0
/* Edges laid into each other */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "automaton.h"
#include "compile/comb.h"
#include "compile/minimise.h"
#include "image/view.h"

#define PATTERNS 500

static void every_edge_is_where_it_is_looked_for(void **state)
{
	static char texts[PATTERNS][64];
	const char *patterns[PATTERNS];
	struct automaton a = { .pattern = 0 };
	struct image_writer writer = { .header = { .version = 1 } };
	struct image_bytes bytes = { 0 };
	struct decide_automaton run;
	size_t free_slots = 0, slots;
	const struct bailiwick_edge *comb;
	image_t image;

	(void)state;
	for (int i = 0; i < PATTERNS; i++) {
		snprintf(texts[i], sizeof(texts[i]), "/%x/%c*%d/[%c-z]%x", i * 7919,
			 'a' + i % 26, i, 'a' + i % 20, i);
		patterns[i] = texts[i];
	}
	assert_int_equal(automaton_make(&a, patterns, PATTERNS, 1000000), 0);
	assert_int_equal(dfa_minimise(&a.dfa), 0);
	assert_int_equal(comb_write(&a.dfa, &writer), 0);
	assert_int_equal(image_writer_add(&writer, BAILIWICK_SECTION_BYTE_CLASS,
					  a.alphabet.class_of, 256), 0);
	comb = (const void *)writer.section[BAILIWICK_SECTION_COMB].data;
	slots = writer.section[BAILIWICK_SECTION_COMB].size / sizeof(*comb);
	for (size_t i = 0; i < slots; i++)
		free_slots += comb[i].check == ~0u;
	/* It is a comb, not a table: hardly a slot is left free. */
	assert_true(free_slots * 4 < slots);
	assert_int_equal(image_writer_finish(&writer, &bytes), 0);
	image = (image_t){ bytes.data, bytes.size };
	automaton_open(image, &run);
	assert_int_equal(automaton_start(image), a.dfa.start);
	for (uint32_t s = 0; s < a.dfa.state_count; s++) {
		assert_int_equal(automaton_label(image, &run, s), a.dfa.states[s].outcome);
		for (uint32_t b = 0; b < 256; b++)
			assert_int_equal(automaton_next(image, &run, s, (uint8_t)b),
					 dfa_next(&a.dfa, s, a.alphabet.class_of[b]));
	}
	image_bytes_done(&bytes);
	image_writer_done(&writer);
	automaton_discard(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_edge_is_where_it_is_looked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
