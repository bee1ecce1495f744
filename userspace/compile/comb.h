/* SPDX-License-Identifier: Apache-2.0 */
/* Sparse edges laid into each other: one look per byte */
#ifndef BAILIWICK_COMPILE_COMB_H
#define BAILIWICK_COMPILE_COMB_H

#include "compile/dfa.h"
#include "image/writer.h"

/**
 * comb_write() - the automaton as SECTION_STATE and SECTION_COMB
 * @dfa:	outcomes are labels
 *
 * Fills in header.states and header.start_state. Return: 0 or -ENOMEM.
 */
int comb_write(const struct dfa *dfa, struct image_writer *writer);

#endif
