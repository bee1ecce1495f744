/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the access matrix: sets of roles that some subject holds together */
#ifndef BAILIWICK_COMPILE_ROW_H
#define BAILIWICK_COMPILE_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compile/interner.h"
#include "model/policy.h"

/**
 * struct row - a set of roles, folded
 * @roles:	indices into policy->roles, ascending; in the arena
 * @origins:	roles whose rules apply: @roles and all they include, ascending
 * @name:	names of @roles in alphabetical order, '+' between them
 */
struct row {
	const uint32_t *roles;
	size_t role_count;
	const uint32_t *origins;
	size_t origin_count;
	const char *name;
	uint64_t capabilities;
	uint64_t families;
	uint32_t privileges;
	uint8_t mode;
	bool trusts_descriptors;
	bool one_approval;
};

/**
 * struct rows - all rows; the first three are those every image has, then
 * comes one for each role, then one for each other set that is met
 */
struct rows {
	const struct policy *policy;
	struct arena *arena;
	struct interner sets;
	struct row *rows;
	size_t count, capacity;
};

/** struct role_set - roles a subject is given, while they are collected */
struct role_set {
	uint32_t *roles;	/* in any order, repeated perhaps */
	size_t count, capacity;
};

/** role_set_add() - add what a reference names; `none` and `unconfined` add nothing; 0 or -ENOMEM */
int role_set_add(struct role_set *set, const struct role_ref *ref);

/** role_set_done() - free what it holds */
void role_set_done(struct role_set *set);

/** rows_init() - the built-in rows and one per role; 0 or -ENOMEM */
int rows_init(struct rows *rows, const struct policy *policy, struct arena *arena);

/** rows_done() - free what is not in the arena */
void rows_done(struct rows *rows);

/**
 * rows_find() - the row of a set of roles
 * @set:	sorted and freed of repetitions by this call
 * @empty:	the row of an empty set
 *
 * Return: 0; -E2BIG for more than BAILIWICK_ROWS_MAX; -ENOMEM.
 */
int rows_find(struct rows *rows, struct role_set *set, uint32_t empty, uint32_t *ret);

/** rows_of_ref() - the row of a reference to one role */
uint32_t rows_of_ref(const struct role_ref *ref);

/** row_is_free() - does this row bypass the matrix: unconfined, or mode `disabled`? */
bool row_is_free(const struct rows *rows, uint32_t row);

#endif
