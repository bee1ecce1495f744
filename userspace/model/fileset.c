// SPDX-License-Identifier: Apache-2.0
/* From the paths a user gives to the files of a policy set */
#include "model/fileset.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "diag/diag.h"
#include "model/limits.h"

void fileset_done(struct fileset *set)
{
	size_t i;

	for (i = 0; i < set->count; i++)
		free(set->paths[i]);
	free(set->paths);
	*set = (struct fileset){ 0 };
}

/* Report about a path as a whole */
static int report(struct diag *diag, const char *path, const char *text)
{
	struct source nothing = { .name = (char *)path };
	struct location at = { .source = &nothing };

	return diag_error(diag, &at, "%s", text);
}

/* Takes the string over, also when it fails */
static int add_path(struct fileset *set, char *path, struct diag *diag)
{
	size_t capacity = set->capacity ? 2 * set->capacity : 16;
	char **paths;
	int r;

	if (set->count == FILES_MAX) {
		r = report(diag, path, "more than 4096 files (FILES_MAX)");
		free(path);
		return r;
	}
	if (set->count == set->capacity) {
		paths = reallocarray(set->paths, capacity, sizeof(char *));
		if (!paths) {
			free(path);
			return -ENOMEM;
		}
		set->paths = paths;
		set->capacity = capacity;
	}
	set->paths[set->count++] = path;
	return 0;
}

static bool is_policy_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return name[0] != '.' && dot && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml"));
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_entries(struct fileset *set, const char *path, DIR *dir, struct diag *diag)
{
	size_t length = strlen(path);
	const char *slash = length && path[length - 1] == '/' ? "" : "/";
	struct dirent *entry;
	char *joined;
	int r = 0;

	while (!r && (entry = readdir(dir))) {
		if (!is_policy_name(entry->d_name))
			continue;
		if (asprintf(&joined, "%s%s%s", path, slash, entry->d_name) < 0)
			return -ENOMEM;
		r = add_path(set, joined, diag);
	}
	return r;
}

static int add_directory(struct fileset *set, const char *path, struct diag *diag)
{
	_cleanup_closedir_ DIR *dir = opendir(path);
	size_t first = set->count;
	int r;

	if (!dir)
		return report(diag, path, strerror(errno));
	r = add_entries(set, path, dir, diag);
	if (r)
		return r;
	if (set->count == first)
		return report(diag, path, "holds no policy file (*.yaml or *.yml)");
	qsort(set->paths + first, set->count - first, sizeof(char *), compare_paths);
	return 0;
}

int fileset_add_file(struct fileset *set, const char *path, struct diag *diag)
{
	char *copy = strdup(path);

	return copy ? add_path(set, copy, diag) : -ENOMEM;
}

int fileset_add(struct fileset *set, const char *path, struct diag *diag)
{
	struct stat st;

	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		return add_directory(set, path, diag);
	return fileset_add_file(set, path, diag);
}
