// SPDX-License-Identifier: Apache-2.0
/* User names for numbers, without ever waiting for a name service */
#include "event/names.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ENTRIES_MAX 100000u

struct entry {
	uint32_t uid;
	uint32_t position;	/* of several names for a uid the first counts */
	char *name;
};

struct names {
	char *path;
	struct entry *entries;	/* by uid, position */
	size_t count;
	struct stat seen;
};

static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->uid != y->uid)
		return x->uid < y->uid ? -1 : 1;
	return x->position < y->position ? -1 : x->position > y->position;
}

static void forget(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->entries[i].name);
	free(names->entries);
	names->entries = NULL;
	names->count = 0;
}

static int add(struct names *names, const struct passwd *user)
{
	struct entry *more = reallocarray(names->entries, names->count + 1, sizeof(*more));
	char *name;

	if (!more)
		return -ENOMEM;
	names->entries = more;
	name = strdup(user->pw_name);
	if (!name)
		return -ENOMEM;
	names->entries[names->count] = (struct entry){
		.uid = user->pw_uid,
		.position = (uint32_t)names->count,
		.name = name,
	};
	names->count++;
	return 0;
}

static void read_file(struct names *names)
{
	_cleanup_fclose_ FILE *file = fopen(names->path, "re");
	struct passwd *user;

	forget(names);
	if (!file || fstat(fileno(file), &names->seen) < 0 || !S_ISREG(names->seen.st_mode))
		return;
	while (names->count < ENTRIES_MAX && (user = fgetpwent(file)))
		if (add(names, user) < 0)
			break;
	if (names->count)
		qsort(names->entries, names->count, sizeof(*names->entries), compare);
}

struct names *names_new(const char *path)
{
	_cleanup_(names_freep) struct names *names = calloc(1, sizeof(*names));

	if (!names)
		return NULL;
	names->path = strdup(path);
	if (!names->path)
		return NULL;
	read_file(names);
	return TAKE_PTR(names);
}

struct names *names_free(struct names *names)
{
	if (!names)
		return NULL;
	forget(names);
	free(names->path);
	free(names);
	return NULL;
}

void names_refresh(struct names *names)
{
	struct stat st;

	if (stat(names->path, &st) == 0 && st.st_ino == names->seen.st_ino &&
	    st.st_dev == names->seen.st_dev && st.st_size == names->seen.st_size &&
	    st.st_mtim.tv_sec == names->seen.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == names->seen.st_mtim.tv_nsec)
		return;
	read_file(names);
}

const char *names_user(const struct names *names, uint32_t uid)
{
	size_t low = 0, high = names->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (names->entries[middle].uid < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < names->count && names->entries[low].uid == uid ? names->entries[low].name : NULL;
}
