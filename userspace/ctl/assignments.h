/* SPDX-License-Identifier: Apache-2.0 */
/* The controller's own assignments, handed to the compiler as a file */
#ifndef BAILIWICK_CTL_ASSIGNMENTS_H
#define BAILIWICK_CTL_ASSIGNMENTS_H

#include <stddef.h>

#include "compile/compile.h"

struct message;

/**
 * struct assignments - what the file said
 * @given:	subjects with a role
 * @dropped:	assignments of the policy files that no longer count; a NULL role
 *		is every role
 * @held:	subjects that hold `none` when nothing else binds them
 * @lines:	private: owns the strings
 */
struct assignments {
	struct compile_assignment *given;
	size_t given_count;
	struct compile_assignment *dropped;
	size_t dropped_count;
	const char **held;
	size_t held_count;
	struct message **lines;
	size_t line_count;
};

/** assignments_done() - free what it holds */
void assignments_done(struct assignments *assignments);

/**
 * assignments_parse() - read JSON lines
 *
 *	{"subject": "user:alice", "role": "clerk", "until": 1767200400}
 *	{"subject": "user:alice", "drop": "clerk"}	("" is every role)
 *	{"subject": "user:alice", "hold": "none"}
 *
 * Return: 0; positive, the number of the first line that is wrong; -ENOMEM.
 */
int assignments_parse(const char *text, size_t size, struct assignments *ret);

#endif
