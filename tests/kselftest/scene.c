// SPDX-License-Identifier: Apache-2.0
/* The files the tests act on: found as they should be, or repaired in place. */
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "role.h"

#define NAMED(name, format)                                                    \
	char name[1024];                                                       \
	do {                                                                   \
		va_list arguments;                                             \
									       \
		va_start(arguments, format);                                   \
		vsnprintf(name, sizeof(name), format, arguments);              \
		va_end(arguments);                                             \
	} while (0)

static void die(const char *what, const char *name)
{
	fprintf(stderr, "# the scene cannot be made: %s %s: %s\n", what, name, strerror(errno));
	abort();
}

static void owned(const char *name, mode_t mode)
{
	struct stat st;

	if (lstat(name, &st))
		die("stat", name);
	if ((st.st_uid || st.st_gid) && lchown(name, 0, 0))
		die("chown", name);
	if ((st.st_mode & 07777) != mode && chmod(name, mode))
		die("chmod", name);
}

/* Asks nothing of what is above while that is there: the keeper may not look at it. */
static void directory(const char *name)
{
	char above[1024], *slash;
	struct stat st;

	if (!mkdir(name, 0755) || errno == EEXIST) {
		if (!lstat(name, &st) && !S_ISDIR(st.st_mode)) {
			if (unlink(name) || mkdir(name, 0755))
				die("replace", name);
		}
		owned(name, 0755);
		return;
	}
	snprintf(above, sizeof(above), "%s", name);
	slash = strrchr(above, '/');
	if (errno != ENOENT || !slash || slash == above)
		die("mkdir", name);
	*slash = '\0';
	directory(above);
	if (mkdir(name, 0755))
		die("mkdir", name);
	owned(name, 0755);
}

void scene_directory(const char *format, ...)
{
	NAMED(name, format);
	directory(name);
}

static bool holds(const char *name, const void *content, size_t size)
{
	struct stat st;
	char *have;
	bool same;
	int fd;

	if (lstat(name, &st) || !S_ISREG(st.st_mode) || (size_t)st.st_size != size)
		return false;
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	have = malloc(size + 1);
	same = have && read(fd, have, size + 1) == (ssize_t)size && !memcmp(have, content, size);
	free(have);
	close(fd);
	return same;
}

static int remove_one(const char *name, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(name);
}

/* Not into what is mounted inside; but an overlay's files have other devices than itself. */
static int walk(const char *name, __nftw_func_t each, int flags)
{
	struct statfs fs;
	int stays = statfs(name, &fs) || fs.f_type != OVERLAYFS_SUPER_MAGIC ? FTW_MOUNT : 0;

	return nftw(name, each, 8, flags | FTW_PHYS | stays);
}

static void gone(const char *name)
{
	struct stat st;

	if (lstat(name, &st))
		return;
	if (S_ISDIR(st.st_mode) ? walk(name, remove_one, FTW_DEPTH) : unlink(name))
		die("remove", name);
}

/* The file that keeps one of its names, and which. */
static struct {
	const char *name;
	struct stat st;
} kept;

static int remove_other_name(const char *name, const struct stat *st, int kind, struct FTW *at)
{
	(void)kind;
	(void)at;
	if (st->st_ino != kept.st.st_ino || st->st_dev != kept.st.st_dev ||
	    !strcmp(name, kept.name))
		return 0;
	return unlink(name);
}

/* Beside it first: the keeper may look nowhere else. */
static bool leave_one_name(const char *name)
{
	char beside[PATH_MAX];

	snprintf(beside, sizeof(beside), "%s", name);
	*strrchr(beside, '/') = '\0';
	if (walk(beside, remove_other_name, 0) || lstat(name, &kept.st))
		return false;
	return kept.st.st_nlink == 1 || !walk(SCENE, remove_other_name, 0);
}

static void file(const char *name, const void *content, size_t size, mode_t mode)
{
	int fd;

	kept.name = name;
	if (!lstat(name, &kept.st)) {
		if (!S_ISREG(kept.st.st_mode))
			gone(name);
		else if (kept.st.st_nlink > 1 && !leave_one_name(name))
			die("leave the one name of", name);
	}
	if (!holds(name, content, size)) {
		fd = open(name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, mode);
		if (fd < 0)
			die("open", name);
		if (pwrite(fd, content, size, 0) != (ssize_t)size || ftruncate(fd, size))
			die("write", name);
		close(fd);
	}
	owned(name, mode);
}

void scene_file(const char *content, const char *format, ...)
{
	NAMED(name, format);
	file(name, content, strlen(content), 0644);
}

void scene_script(const char *content, const char *format, ...)
{
	NAMED(name, format);
	file(name, content, strlen(content), 0755);
}

/* A built program in memory: a child that may not read it where it stands has it too. */
static struct {
	char name[64];
	char *content;
	size_t size;
} built_program;

static void load_program(const char *built)
{
	char from[1024];
	struct stat st;
	ssize_t n;
	int fd;

	if (!strcmp(built_program.name, built))
		return;
	n = readlink("/proc/self/exe", from, sizeof(from) - 1);
	if (n < 0)
		die("readlink", "/proc/self/exe");
	from[n] = '\0';
	snprintf(strrchr(from, '/') + 1, 64, "%s", built);
	fd = open(from, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		die("open", from);
	free(built_program.content);
	built_program.content = malloc(st.st_size);
	if (!built_program.content || read(fd, built_program.content, st.st_size) != st.st_size)
		die("read", from);
	close(fd);
	built_program.size = st.st_size;
	snprintf(built_program.name, sizeof(built_program.name), "%s", built);
}

void scene_program(const char *built, const char *format, ...)
{
	NAMED(name, format);
	load_program(built);
	file(name, built_program.content, built_program.size, 0755);
}

void scene_gone(const char *format, ...)
{
	NAMED(name, format);
	gone(name);
}

bool scene_holds(const char *content, const char *format, ...)
{
	NAMED(name, format);
	return holds(name, content, strlen(content));
}

bool scene_there(const char *format, ...)
{
	struct stat st;

	NAMED(name, format);
	return !lstat(name, &st);
}

int scene_mode(const char *format, ...)
{
	struct stat st;

	NAMED(name, format);
	return lstat(name, &st) ? -1 : (int)(st.st_mode & 07777);
}

/* By the keeper: nobody else, this process included, can even look inside. */
static long make_vault(struct act *act)
{
	(void)act;
	directory(SCENE "/vault");
	directory(SCENE "/above/vault");
	file(VAULT, MARKER, strlen(MARKER), 0644);
	file(SCENE "/above/vault/marker", MARKER, strlen(MARKER), 0644);
	return 0;
}

void scene_all(void)
{
	struct act act = { 0 };

	directory(SCENE "/secret");
	directory(SCENE "/all");
	directory(SCENE "/above");
	file(SECRET, MARKER, strlen(MARKER), 0644);
	file(SCENE "/all/plain", PLAIN, strlen(PLAIN), 0644);
	errno = -act_as(KEEPER, make_vault, &act);
	if (errno)
		die("by the keeper", VAULT);
}

static long check_vault(struct act *act)
{
	struct stat st;
	int fd;

	if (!holds(act->path, MARKER, strlen(MARKER)) || lstat(act->path, &st))
		return -ENOENT;
	if ((st.st_mode & 07777) != 0644 || st.st_uid || st.st_mtime < 2 * 86400)
		return -EUCLEAN;
	fd = open(act->path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

bool scene_vault_intact(const char *path)
{
	struct act act = { 0 };

	path_set(&act, "%s", path);
	return !act_as(KEEPER, check_vault, &act);
}
