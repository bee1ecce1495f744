/* SPDX-License-Identifier: Apache-2.0 */
/* The resolved policy: what the compiler lowers to an image */
#ifndef BAILIWICK_MODEL_POLICY_H
#define BAILIWICK_MODEL_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/object.h"
#include "model/rule.h"

/* See model/object.h for what holds for every number, mask and string here. */

struct diag;

/** struct inclusion - an element of `include:` */
struct inclusion {
	struct location at;
	const struct role *role;
};

/**
 * struct role - a role with everything it includes folded in
 *
 * The arrays @files, @network and @exec hold the role's own elements first,
 * then those of each included role, depth first, every role once; `origin`
 * tells whose they are. They are arrays of pointers because roles share them.
 */
struct role {
	struct location at;		/* of the name */
	char *name;
	uint32_t index;			/* position in policy->roles */
	uint8_t mode;			/* vocab.h mode; never inherited */
	bool descriptors_trusted;	/* descriptors: trust; never inherited */
	bool one_approval;		/* approvals: 1; never inherited */
	struct inclusion *includes;
	size_t include_count;
	const struct file_rule **files;
	size_t file_count;
	const struct network_rule **network;
	size_t network_count;
	const struct transition **exec;	/* no two with the same program text */
	size_t exec_count;
	uint64_t families;		/* mask; the union, or the default three */
	uint64_t capabilities;		/* mask; the union */
	uint64_t privileges;		/* mask; the union */
	struct claim *claims;		/* the role's own; not inherited */
	size_t claim_count;
};

enum subject_kind {
	SUBJECT_USER,
	SUBJECT_GROUP,
	SUBJECT_UNIT,
	SUBJECT_EXE,
};

/** struct assignment - an element of `assignments:` */
struct assignment {
	struct location at;		/* of the subject */
	enum subject_kind kind;
	bool numeric;			/* user:1001, group:100; @id is set */
	uint32_t id;
	char *name;			/* what stands behind the ':' */
	struct pattern program;		/* SUBJECT_EXE: text is the same as @name */
	struct role_ref role;
	bool expires;
	int64_t until;			/* seconds since the epoch, when @expires */
};

/** struct host_use - a host name in some `to:` */
struct host_use {
	struct location at;
	const char *name;
	struct host_use *next;		/* in the order of files and lines */
};

/** struct policy - a whole set of files, merged and resolved */
struct policy {
	struct class **classes;		/* in the order of files and lines */
	size_t class_count;
	struct network **networks;	/* named ones */
	size_t network_count;
	struct host_use *hosts;		/* NULL when there is none */
	struct role **roles;
	size_t role_count;
	struct assignment *assignments;
	size_t assignment_count;
	struct role_ref default_users;
	struct role_ref default_units;
	struct source **sources;	/* the files read, in order; all locations point in */
	size_t source_count;
	struct arena *arena;		/* private: where all of the above lives */
};

/**
 * policy_load() - read, check and resolve a policy set
 * @paths:	files, or directories whose *.yaml and *.yml are taken in order
 * @n:		number of @paths; 0 is reported as a mistake
 * @diag:	receives the mistakes, and warnings
 * @ret:	the policy, set only when 0 is returned
 *
 * Return: 0; a positive number when mistakes were reported (nothing is
 * returned in @ret); a negative errno on trouble (-ENOMEM).
 */
int policy_load(char *const *paths, size_t n, struct diag *diag, struct policy **ret);

/**
 * policy_load_staged() - as policy_load(), from copies below a directory
 * @stage:	put in front of every path when it is opened; messages and
 *		sources name the path without it
 * @paths:	files, directories are refused
 */
int policy_load_staged(const char *stage, char *const *paths, size_t n, struct diag *diag,
		       struct policy **ret);

/** policy_free() - free a policy and its sources; NULL is fine; returns NULL */
struct policy *policy_free(struct policy *policy);

/** policy_find_role() - the role of that name, or NULL */
const struct role *policy_find_role(const struct policy *policy, const char *name);

#endif
