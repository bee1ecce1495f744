/* SPDX-License-Identifier: Apache-2.0 */
/* What no program is asked about on any kernel Bailiwick runs on */
#ifndef BAILIWICK_LOAD_UNMEDIATED_H
#define BAILIWICK_LOAD_UNMEDIATED_H

#include <stddef.h>

/**
 * struct unmediated - one way around; docs/NOT-MEDIATED.md has the same list, with why
 * @name:	its heading there
 * @effect:	what can be done all the same: the sentence below that heading
 */
struct unmediated {
	const char *name;
	const char *effect;
};

extern const struct unmediated unmediated[];
extern const size_t unmediated_count;

#endif
