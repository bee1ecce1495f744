/* SPDX-License-Identifier: Apache-2.0 */
/* Users and groups of this machine, by the name service */
#include "ctl/resolve.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define RECORD_START 4096
#define RECORD_MAX (16u << 20)	/* a group with a quarter million members */

/* A uid written as a number; ~0 is what the kernel uses for "none" */
static bool number(const char *text, uint32_t *ret)
{
	unsigned long value;
	char *end;

	if (!*text || strspn(text, "0123456789") != strlen(text))
		return false;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || value >= UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

/*
 * What the *_r functions return. Several services say "no such user" with one of
 * these errnos (getpwnam(3) lists them) instead of an empty answer.
 */
static int answer_of(int error, bool found)
{
	if (found)
		return RESOLVE_FINE;
	if (!error || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM)
		return RESOLVE_UNKNOWN;
	return -error;
}

int resolve_user(const char *name, uint32_t *ret)
{
	_cleanup_free_ char *room = NULL;
	struct passwd entry, *found = NULL;
	size_t size;
	int error;

	if (number(name, ret))
		return RESOLVE_FINE;
	for (size = RECORD_START; size <= RECORD_MAX; size *= 4) {
		free(room);
		room = malloc(size);
		if (!room)
			return -ENOMEM;
		error = getpwnam_r(name, &entry, room, size, &found);
		if (error == ERANGE)
			continue;
		if (found)
			*ret = found->pw_uid;
		return answer_of(error, found != NULL);
	}
	return -ERANGE;
}

int resolve_group(const char *name, uint32_t *ret)
{
	_cleanup_free_ char *room = NULL;
	struct group entry, *found = NULL;
	size_t size;
	int error;

	if (number(name, ret))
		return RESOLVE_FINE;
	for (size = RECORD_START; size <= RECORD_MAX; size *= 4) {
		free(room);
		room = malloc(size);
		if (!room)
			return -ENOMEM;
		error = getgrnam_r(name, &entry, room, size, &found);
		if (error == ERANGE)
			continue;
		if (found)
			*ret = found->gr_gid;
		return answer_of(error, found != NULL);
	}
	return -ERANGE;
}

static int listed_members(const struct group *group, resolve_member_fn *member, void *context)
{
	char **name;

	for (name = group->gr_mem; name && *name; name++) {
		uint32_t uid;
		int answer = resolve_user(*name, &uid);

		if (answer < 0)
			return answer;
		if (answer == RESOLVE_UNKNOWN)
			continue;
		answer = member(context, uid);
		if (answer < 0)
			return answer;
	}
	return 0;
}

static int primary_members(uint32_t gid, resolve_member_fn *member, void *context)
{
	struct passwd *user;
	int answer = 0;

	setpwent();
	while (answer >= 0 && (user = getpwent()))
		if (user->pw_gid == gid)
			answer = member(context, user->pw_uid);
	endpwent();
	return answer < 0 ? answer : 0;
}

int resolve_members(uint32_t gid, resolve_member_fn *member, void *context)
{
	_cleanup_free_ char *room = NULL;
	struct group entry, *found = NULL;
	size_t size;
	int error;

	for (size = RECORD_START; size <= RECORD_MAX; size *= 4) {
		free(room);
		room = malloc(size);
		if (!room)
			return -ENOMEM;
		error = getgrgid_r(gid, &entry, room, size, &found);
		if (error == ERANGE)
			continue;
		if (!found)
			return answer_of(error, false);
		error = listed_members(found, member, context);
		return error ? error : primary_members(gid, member, context);
	}
	return -ERANGE;
}
