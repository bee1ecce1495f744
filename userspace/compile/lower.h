/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of a compilation share */
#ifndef BAILIWICK_COMPILE_LOWER_H
#define BAILIWICK_COMPILE_LOWER_H

#include "base/arena.h"
#include "compile/alphabet.h"
#include "compile/compile.h"
#include "compile/dfa.h"
#include "compile/holder.h"
#include "compile/label.h"
#include "compile/nfa.h"
#include "compile/pattern.h"
#include "compile/row.h"

/** struct transitions - cells in which running a program changes the row */
struct transitions {
	struct bailiwick_transition *list;
	size_t count, capacity;
};

/**
 * struct lowering - a compilation under way
 * @arena:	texts made on the way
 * @rows:	rows of the access matrix
 * @holders:	who holds which of them
 * @patterns:	what the automaton is made of, and what each pattern is used for
 * @labels:	what the automaton answers
 * @transitions: freed with free()
 * @cells:	the access matrix, rows times labels; freed with free()
 * @net_cells:	rows times address classes times port classes; freed with free()
 * @writer:	the image
 *
 * The parts run in the order of compile.c. Each returns 0, a positive number
 * when it reported mistakes, or a negative errno.
 */
struct lowering {
	const struct policy *policy;
	const struct compile_options *options;
	struct diag *diag;
	struct arena *arena;
	struct rows rows;
	struct holders holders;
	struct patterns patterns;
	struct alphabet alphabet;
	struct nfa nfa;
	struct dfa dfa;
	struct labels labels;
	struct transitions transitions;
	uint32_t *cells;
	uint8_t *net_cells;
	size_t net_row_size;		/* net cells of one row */
	struct image_writer writer;
};

#endif
