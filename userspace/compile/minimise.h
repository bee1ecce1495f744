/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest automaton that answers the same */
#ifndef BAILIWICK_COMPILE_MINIMISE_H
#define BAILIWICK_COMPILE_MINIMISE_H

#include "compile/dfa.h"

/**
 * dfa_minimise() - merge states that no path can tell apart
 * @dfa:	state->outcome is what a path that ends there is answered; replaced
 *		by the smallest automaton with the same answers. State 0 stays
 *		dead, the others are numbered as they are met from the start.
 *
 * Return: 0, or -ENOMEM with @dfa as it was.
 */
int dfa_minimise(struct dfa *dfa);

#endif
