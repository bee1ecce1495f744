/* SPDX-License-Identifier: Apache-2.0 */
/* Labels: paths whose answers are the same for every row share one */
#ifndef BAILIWICK_COMPILE_LABEL_H
#define BAILIWICK_COMPILE_LABEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compile/interner.h"

struct lowering;

/**
 * struct labels - what the automaton answers
 * @facts:	per label from BAILIWICK_LABEL_FIRST on: flags, class index, exe row,
 *		then three numbers (row, cell, transition target) for each row whose
 *		cell is not the one it has on any such label
 * @examples:	per label the first pattern that led to it; freed with free()
 * @of_accept:	accept set -> label; freed with free()
 * @protects:	a label is protected
 */
struct labels {
	struct interner facts;
	uint32_t *examples;
	size_t example_capacity;
	uint32_t *of_accept;
	bool protects;
};

/** labels_done() - free what it holds */
void labels_done(struct labels *labels);

/**
 * labels_find_rows() - make the rows that running programs leads to
 *
 * Programs named by overlapping patterns lead to the union of the roles. Must be
 * called before labels_build(), which relies on all rows being there.
 */
int labels_find_rows(struct lowering *lowering);

/** labels_build() - a label for each accept set; the automaton's outcomes become labels */
int labels_build(struct lowering *lowering);

/** labels_base_cell() - cell of a row on a label that no rule of it speaks about */
uint32_t labels_base_cell(const struct lowering *lowering, uint32_t row, bool protected_);

#endif
