// SPDX-License-Identifier: Apache-2.0
/* Policy sources laid out in a private directory for the compiling child */
#include "daemon/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/escape.h"
#include "base/writeall.h"

#define NAME_LIMIT 255
#define PATH_LIMIT 3072		/* leaves room for the directory in front */

void source_set_done(struct source_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		free(set->files[i].name);
		free(set->files[i].text);
	}
	free(set->files);
	memset(set, 0, sizeof(*set));
}

/* Absolute and plain: no "", "." or ".." between its slashes */
static bool plain_name(const char *name)
{
	if (*name != '/' || strlen(name) > PATH_LIMIT)
		return false;
	while (*name) {
		size_t size = strcspn(++name, "/");

		if (!size || size > NAME_LIMIT || (size == 1 && *name == '.') ||
		    (size == 2 && name[0] == '.' && name[1] == '.'))
			return false;
		name += size;
	}
	return true;
}

static int refuse(struct buffer *why, const char *name, const char *what)
{
	escape_ascii(why, name, strlen(name));
	buffer_printf(why, ": %s", what);
	return 1;
}

int source_set_add(struct source_set *set, const char *name, const char *text, size_t size,
		   struct buffer *why)
{
	struct source_text *more, file = { .size = size };

	if (!plain_name(name))
		return refuse(why, name, "is not an absolute, plain file name");
	if (size > STAGE_FILE_MAX)
		return refuse(why, name, "larger than 16 MiB");
	if (set->bytes + size > STAGE_TOTAL_MAX)
		return refuse(why, name, "the files of this policy exceed 64 MiB together");
	if (set->count >= STAGE_FILES_MAX)
		return refuse(why, name, "more than 4096 files");
	for (size_t i = 0; i < set->count; i++)
		if (strcmp(set->files[i].name, name) == 0)
			return refuse(why, name, "named twice");
	more = reallocarray(set->files, set->count + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	set->files = more;
	file.name = strdup(name);
	file.text = malloc(size + 1);
	if (!file.name || !file.text) {
		free(file.name);
		free(file.text);
		return -ENOMEM;
	}
	memcpy(file.text, text, size);
	file.text[size] = 0;
	set->files[set->count++] = file;
	set->bytes += size;
	return 0;
}

/* Our own directory, nobody else writes there; O_NOFOLLOW and O_EXCL all the same */
static int make_parents(int directory, char *path, uid_t uid)
{
	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		int r = 0;

		*slash = 0;
		if (mkdirat(directory, path, 0500 | S_IWUSR) < 0 && errno != EEXIST)
			r = -errno;
		else if (fchownat(directory, path, uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0)
			r = -errno;
		*slash = '/';
		if (r < 0)
			return r;
	}
	return 0;
}

static int write_file(int directory, const char *name, const char *text, size_t size, uid_t uid)
{
	_cleanup_free_ char *path = strdup(name);
	_cleanup_close_ int fd = -1;
	int r;

	if (!path)
		return -ENOMEM;
	r = make_parents(directory, path, uid);
	if (r < 0)
		return r;
	fd = openat(directory, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
	if (fd < 0)
		return -errno;
	r = writeall(fd, text, size);
	if (r == 0 && fchown(fd, uid, (gid_t)-1) < 0)
		r = -errno;
	return r;
}

static int fill(const char *path, const struct source_set *set, const struct buffer *assignments,
		uid_t uid)
{
	_cleanup_close_ int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int files = -1;
	int r;

	if (directory < 0 || fchown(directory, uid, (gid_t)-1) < 0)
		return -errno;
	r = write_file(directory, "assignments", assignments->data ? assignments->data : "",
		       assignments->size, uid);
	if (r < 0)
		return r;
	if (mkdirat(directory, "files", 0700) < 0)
		return -errno;
	files = openat(directory, "files", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (files < 0 || fchown(files, uid, (gid_t)-1) < 0)
		return -errno;
	for (size_t i = 0; r == 0 && i < set->count; i++)
		r = write_file(files, set->files[i].name + 1, set->files[i].text,
			       set->files[i].size, uid);
	return r;
}

int stage_make(const char *parent, const struct source_set *set, const struct buffer *assignments,
	       uid_t uid, char **ret)
{
	_cleanup_free_ char *path = NULL;
	int r;

	if (asprintf(&path, "%s/stage-XXXXXX", parent) < 0)
		return -ENOMEM;
	if (!mkdtemp(path))
		return -errno;
	r = fill(path, set, assignments, uid);
	if (r < 0) {
		stage_remove(path);
		return r;
	}
	*ret = TAKE_PTR(path);
	return 0;
}

int stage_put(const char *path, const char *name, const struct buffer *text, uid_t uid)
{
	_cleanup_close_ int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (directory < 0 || (unlinkat(directory, name, 0) < 0 && errno != ENOENT))
		return -errno;
	return write_file(directory, name, text->data ? text->data : "", text->size, uid);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	remove(path);
	return 0;
}

void stage_remove(const char *path)
{
	if (path)
		nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
