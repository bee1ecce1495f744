/* SPDX-License-Identifier: Apache-2.0 */
/* Users and groups of this machine, by the name service */
#ifndef BAILIWICK_CTL_RESOLVE_H
#define BAILIWICK_CTL_RESOLVE_H

#include <stddef.h>
#include <stdint.h>

/* What resolve_user() and resolve_group() answer when all went well otherwise */
enum resolve_answer {
	RESOLVE_FINE,
	RESOLVE_UNKNOWN,
};

/**
 * resolve_user() - the uid of a name; a text of digits alone is its own answer
 *
 * Return: an enum resolve_answer, or a negative errno when the name service fails.
 */
int resolve_user(const char *name, uint32_t *ret);

/** resolve_group() - the gid of a name; as resolve_user() */
int resolve_group(const char *name, uint32_t *ret);

/* One uid of resolve_members(); a negative errno ends the walk and is returned */
typedef int resolve_member_fn(void *context, uint32_t uid);

/**
 * resolve_members() - the users of a group, each at least once
 *
 * These are the members listed with the group and the users whose primary group
 * it is. A listed member without a uid is left out.
 *
 * Return: an enum resolve_answer (unknown group), or a negative errno.
 */
int resolve_members(uint32_t gid, resolve_member_fn *member, void *context);

#endif
