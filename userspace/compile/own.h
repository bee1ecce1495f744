/* SPDX-License-Identifier: Apache-2.0 */
/* What a class that is protected relies on: to be read by everybody, changed by nobody without a role */
#ifndef BAILIWICK_COMPILE_OWN_H
#define BAILIWICK_COMPILE_OWN_H

#include <bailiwick/vocab.h>
#include <stddef.h>

/* What a task without a role may do to them. */
#define OWN_RIGHTS (BAILIWICK_RIGHT_READ | BAILIWICK_RIGHT_EXEC | BAILIWICK_RIGHT_MAP_EXEC | \
		    BAILIWICK_RIGHT_LIST | BAILIWICK_RIGHT_STAT | BAILIWICK_RIGHT_LOCK | \
		    BAILIWICK_RIGHT_UNIX_CONNECT)

/** own_patterns - Bailiwick's files, the code its controller maps, settings that lead around */
extern const char *const own_patterns[];
extern const size_t own_pattern_count;

#endif
