/* SPDX-License-Identifier: Apache-2.0 */
/* The system's users and groups */
#include "compile/accounts.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "compile/array.h"

/* What the library's NULL means: nobody of that name, or trouble. */
static int answer(const void *found)
{
	if (found)
		return 0;
	switch (errno) {
	case 0:
	case ENOENT:
	case ESRCH:
	case EBADF:
	case EPERM:
		return 1;
	}
	return -errno;
}

static int find_user(void *data, const char *name, uint32_t *ret_uid)
{
	const struct passwd *user;
	int r;

	(void)data;
	errno = 0;
	user = getpwnam(name);
	r = answer(user);
	if (!r)
		*ret_uid = user->pw_uid;
	return r;
}

struct members {
	uint32_t *uids;
	size_t count, capacity;
};

static int add(struct members *members, uint32_t uid)
{
	int r = array_grow(&members->uids, members->count, &members->capacity,
			   sizeof(*members->uids));

	if (!r)
		members->uids[members->count++] = uid;
	return r;
}

/* Users whose primary group it is are not in the group's own list. */
static int add_primary(struct members *members, gid_t gid)
{
	const struct passwd *user;
	int r = 0;

	setpwent();
	while (!r && (user = getpwent()))
		if (user->pw_gid == gid)
			r = add(members, user->pw_uid);
	endpwent();
	return r;
}

static int find_group(void *data, const char *name, const uint32_t *gid,
		      uint32_t **ret_uids, size_t *ret_count)
{
	struct members members = { 0 };
	const struct group *group;
	int r;

	errno = 0;
	group = gid ? getgrgid(*gid) : getgrnam(name);
	r = answer(group);
	for (size_t i = 0; !r && group->gr_mem[i]; i++) {
		uint32_t uid;

		r = find_user(data, group->gr_mem[i], &uid);
		if (!r)
			r = add(&members, uid);
		else if (r > 0)
			r = 0;	/* a member that is no user has no processes */
	}
	if (!r)
		r = add_primary(&members, group->gr_gid);
	if (r) {
		free(members.uids);
		return r;
	}
	*ret_uids = members.uids;
	*ret_count = members.count;
	return 0;
}

const struct compile_resolver accounts = { .user = find_user, .group = find_group };
