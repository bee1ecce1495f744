/* SPDX-License-Identifier: Apache-2.0 */
/* Policy files read, checked and compiled by this program itself */
#ifndef BAILIWICK_CTL_POLICYSET_H
#define BAILIWICK_CTL_POLICYSET_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "compile/compile.h"
#include "diag/diag.h"
#include "model/policy.h"

/**
 * struct policyset - a policy set on its way to an image
 * @diag:	mistakes and warnings so far
 * @policy:	set by policyset_load()
 * @image:	set by policyset_build()
 * @cost:	set by policyset_build()
 */
struct policyset {
	struct diag *diag;
	struct policy *policy;
	struct image_bytes image;
	struct compile_cost cost;
};

/** policyset_done() - free what it holds */
void policyset_done(struct policyset *set);

/**
 * policyset_load() - read and check policy files
 * @set:	all zero
 * @stage:	a directory in front of each path when it is opened, though not
 *		in what is said about it; NULL for none
 *
 * Return: 0; 65 when mistakes were reported; 71 on trouble (complained).
 */
int policyset_load(struct policyset *set, const char *stage, char *const *paths, size_t n);

/** policyset_load_nothing() - the policy of a machine without policy files; returns as above */
int policyset_load_nothing(struct policyset *set);

/**
 * policyset_build() - compile what was loaded
 * @options:	the resolver is filled in here
 *
 * Return: as policyset_load().
 */
int policyset_build(struct policyset *set, struct compile_options *options);

/**
 * policyset_build_local() - compile for an answer here, never for a kernel
 *
 * Users and groups that this machine does not know are warnings.
 */
int policyset_build_local(struct policyset *set, bool strict_users);

/** policyset_report() - print mistakes and warnings on stderr */
void policyset_report(const struct policyset *set, bool json);

/** policyset_rules() - rules as written, of files and networks, each once */
size_t policyset_rules(const struct policyset *set);

#endif
