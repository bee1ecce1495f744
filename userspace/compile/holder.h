/* SPDX-License-Identifier: Apache-2.0 */
/* Who holds which roles: assignments become bindings */
#ifndef BAILIWICK_COMPILE_HOLDER_H
#define BAILIWICK_COMPILE_HOLDER_H

#include <stddef.h>
#include <stdint.h>

#include "base/strmap.h"
#include "compile/row.h"
#include "model/policy.h"

struct lowering;

/**
 * struct holder - a uid, unit or group with all roles it was given
 * @kind:	SUBJECT_USER (@id), SUBJECT_UNIT or SUBJECT_GROUP (@name)
 * @roles:	those still in force
 * @until:	the earliest end among them, 0 when none ends
 * @free:	`unconfined` was assigned and still counts
 * @confined:	`none` was assigned, or a role that was taken away or has ended
 * @row:	after holders_find_rows()
 */
struct holder {
	enum subject_kind kind;
	uint32_t id;
	const char *name;
	struct role_set roles;
	uint64_t until;
	bool free;
	bool confined;
	uint32_t row;
};

/**
 * struct grant - one assignment, from the policy or from outside
 * @at:		where it is written; nowhere for one from outside
 * @outside:	not from the policy
 * @ended:	it gives nothing any more
 * @holder:	index of the holder it names; of users and groups it resolves to
 *		their own, which for a group is not its members'
 */
struct grant {
	struct location at;
	bool outside;
	bool ended;
	enum subject_kind kind;
	bool numeric;
	uint32_t id;
	const char *name;
	struct role_ref role;
	uint64_t until;
	size_t holder;
};

struct holders {
	struct holder *list;
	size_t count, capacity;
	struct strmap by_key;
	struct grant *grants;
	size_t grant_count, grant_capacity;
};

/** holders_done() - free what it holds */
void holders_done(struct holders *holders);

/** holders_collect() - all assignments, resolved to holders; exe: ones become pattern uses */
int holders_collect(struct lowering *lowering);

/** holders_find_rows() - the row of each holder */
int holders_find_rows(struct lowering *lowering);

/** holders_write() - SECTION_BINDING and SECTION_SUBJECT */
int holders_write(struct lowering *lowering);

#endif
