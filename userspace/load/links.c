/* SPDX-License-Identifier: Apache-2.0 */
/* Files with several hard links: look at every name, so that the kernel knows them */
#include "load/links.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/hash64.h"

/* What they show is the kernel's: there is one name for everything */
static const char *const pseudo[] = {
	"proc", "sysfs", "cgroup", "cgroup2", "devpts", "securityfs", "debugfs", "tracefs", "bpf",
	"pstore", "configfs", "fusectl", "mqueue", "hugetlbfs", "autofs", "binfmt_misc", "efivarfs",
	"rpc_pipefs", "nfsd", "nsfs", "selinuxfs", "smackfs", "resctrl", "devtmpfs",
};

/* Whose number of names is what is on the disk */
static const char *const counted[] = {
	"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "tmpfs", "ramfs", "squashfs", "erofs",
	"iso9660", "udf", "jfs", "nilfs2", "ntfs3", "vfat", "exfat", "bcachefs", "ubifs", "zfs",
};

static bool is_among(const char *word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(word, list[i]) == 0)
			return true;
	return false;
}

#define IS_AMONG(word, list) is_among(word, list, sizeof(list) / sizeof(*(list)))

/* --- where to look ------------------------------------------------------------------- */

/* mountinfo writes space, tab, newline and backslash as three octal digits */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (from[0] == '\\' && from[1] && from[2] && from[3]) {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

static struct links_place *find_place(struct links_places *places, unsigned int major,
				      unsigned int minor)
{
	for (size_t i = 0; i < places->count; i++)
		if (places->place[i].major == major && places->place[i].minor == minor)
			return places->place + i;
	return NULL;
}

static int add_place(struct links_places *places, const struct links_place *place,
		     const char *directory)
{
	struct links_place *more = reallocarray(places->place, places->count + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	places->place = more;
	more[places->count] = *place;
	more[places->count].directory = strdup(directory);
	if (!more[places->count].directory)
		return -ENOMEM;
	places->count++;
	return 0;
}

/*
 * With metacopy an overlay's copy may be of attributes alone: it has other names where
 * its content lies, which no look at the overlay finds.  Its options name what differs
 * from the module's setting.
 */
static bool copies_attributes_alone(const char *options)
{
	_cleanup_fclose_ FILE *setting = NULL;

	if (strstr(options, "metacopy=o"))
		return strstr(options, "metacopy=on") != NULL;
	setting = fopen("/sys/module/overlay/parameters/metacopy", "re");
	return setting && fgetc(setting) == 'Y';
}

/* One line: the first mount of the whole counts, of several subvolumes the first */
static int read_line(struct links_places *places, char *line)
{
	struct links_place place = { .key = hash64(line, strlen(line)) };
	char *type = strstr(line, " - "), *root, *directory, *rest, *options;
	struct links_place *known;

	if (!type || sscanf(line, "%*u %*u %u:%u", &place.major, &place.minor) != 2)
		return 0;
	*type = '\0';
	type += 3;
	options = type + strcspn(type, " \n");
	if (*options)
		*options++ = '\0';
	root = strchr(line, ':');
	root = root ? strchr(root, ' ') : NULL;
	directory = root ? strchr(root + 1, ' ') : NULL;
	if (!directory || IS_AMONG(type, pseudo))
		return 0;
	*directory++ = '\0';
	rest = strchr(directory, ' ');
	if (rest)
		*rest = '\0';
	place.layered = strcmp(type, "overlay") == 0;
	if (place.layered)
		place.skip = copies_attributes_alone(options) ?
			     "what it copies may leave its content below (metacopy)" : NULL;
	else if (!IS_AMONG(type, counted))
		place.skip = "what holds it is not this kernel";
	unescape(directory);
	place.whole = strcmp(root, " /") == 0;
	known = find_place(places, place.major, place.minor);
	if (!known)
		return add_place(places, &place, directory);
	if (known->whole || !place.whole)
		return 0;
	known->whole = true;
	known->key = place.key;
	free(known->directory);
	known->directory = strdup(directory);
	return known->directory ? 0 : -ENOMEM;
}

int links_places(FILE *mountinfo, struct links_places *ret)
{
	_cleanup_free_ char *line = NULL;
	size_t room = 0;
	int r = 0;

	memset(ret, 0, sizeof(*ret));
	while (r == 0 && getline(&line, &room, mountinfo) > 0)
		r = read_line(ret, line);
	if (r < 0)
		links_places_done(ret);
	return r;
}

void links_places_done(struct links_places *places)
{
	for (size_t i = 0; i < places->count; i++)
		free(places->place[i].directory);
	free(places->place);
	memset(places, 0, sizeof(*places));
}

int links_open(const struct links_place *place)
{
	int fd = (int)syscall(SYS_open_tree, AT_FDCWD, place->directory,
			      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_NO_AUTOMOUNT);

	return fd < 0 ? -errno : fd;
}

#define TURNS 3			/* names leave memory, or come, meanwhile */

/* --- looking ---------------------------------------------------------------------------- */

struct name {
	dev_t device;
	ino_t inode;
	size_t at;		/* of its path among the bytes */
};

struct names {
	struct name *name;
	size_t count, room;
	char *bytes;
	size_t used, space;
};

static int grow(void **array, size_t size, size_t *room, size_t wanted, size_t most)
{
	size_t next = *room ? *room * 2 : 1024;
	void *more;

	if (wanted <= *room)
		return 0;
	if (wanted > most)
		return -ENOSPC;
	if (next < wanted)
		next = wanted;
	more = reallocarray(*array, next, size);
	if (!more)
		return -ENOMEM;
	*array = more;
	*room = next;
	return 0;
}

static int keep_name(struct names *names, const FTSENT *entry)
{
	size_t size = (size_t)entry->fts_pathlen + 1;

	if (grow((void **)&names->name, sizeof(*names->name), &names->room, names->count + 1,
		 LINKS_NAMES_MAX) < 0 ||
	    grow((void **)&names->bytes, 1, &names->space, names->used + size, LINKS_BYTES_MAX) < 0)
		return -ENOSPC;
	memcpy(names->bytes + names->used, entry->fts_path, size);
	names->name[names->count++] = (struct name){
		.device = entry->fts_statp->st_dev,
		.inode = entry->fts_statp->st_ino,
		.at = names->used,
	};
	names->used += size;
	return 0;
}

static int by_inode(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

static const char *path_of(const struct names *names, size_t i)
{
	return names->bytes + names->name[i].at;
}

enum answer {
	SEEN,
	REFUSED,		/* some names are not in memory (ebpf/attribute.bpf.c) */
	NOT_ASKED,		/* this name is gone, or longer than a path may be */
};

static enum answer ask_by(const char *path)
{
	if (llistxattr(path, NULL, 0) >= 0 || errno == ENOTSUP || errno == ENODATA)
		return SEEN;
	return errno == EACCES || errno == EPERM ? REFUSED : NOT_ASKED;
}

/* By the first name of these that leads there */
static enum answer ask_by_one(const struct names *names, size_t first, size_t end)
{
	enum answer answer = NOT_ASKED;

	for (size_t i = first; answer == NOT_ASKED && i < end; i++)
		answer = ask_by(path_of(names, i));
	return answer;
}

/* The names of one file in a row, so that all are in memory when the last one is asked for */
static size_t ask(const struct names *names, size_t first, size_t *unseen)
{
	enum answer answer = NOT_ASKED;
	bool there = false;
	struct stat st;
	size_t i = first;

	for (int turn = 0; answer != SEEN && turn < TURNS; turn++) {
		for (i = first; i < names->count &&
		     by_inode(names->name + first, names->name + i) == 0; i++)
			there |= lstat(path_of(names, i), &st) == 0 || errno != ENOENT;
		answer = ask_by_one(names, first, i);
	}
	*unseen += answer != SEEN && there;
	return i;
}

/*
 * Where each name may be an inode of its own, each is asked for: what one differs in is
 * found at the next, so that only after the second turn nothing is remembered that was
 * found before.
 */
static size_t ask_each(const struct names *names, size_t first, size_t *unseen)
{
	size_t i = ask(names, first, unseen);

	for (int turn = 0; turn < 2; turn++)
		for (size_t j = first; j < i; j++)
			(void)ask_by(path_of(names, j));
	return i;
}

/*
 * An overlay numbers its directories by two counters, and anew each time one comes to
 * memory.  A walk that goes from directory to directory takes one that got another number
 * since for a stranger, and any walk takes one with the number of one above it for that
 * one.  So there a directory is opened by its path, and what seems to hold itself is gone
 * through by itself, APART times at most one inside the other.
 */
#define APART 64

static int collect(struct names *names, char *directory, unsigned int apart,
		   struct links_found *found)
{
	char *const roots[] = { directory, NULL };
	FTS *walk = fts_open(roots, FTS_PHYSICAL | (apart ? FTS_NOCHDIR : 0), NULL);
	FTSENT *entry;
	int r = 0;

	if (!walk)
		return -errno;
	while (r == 0 && (entry = fts_read(walk))) {
		switch (entry->fts_info) {
		case FTS_F:
		case FTS_SL:
		case FTS_DEFAULT:
			if (entry->fts_statp->st_nlink > 1 && keep_name(names, entry) < 0)
				found->left_out++;
			break;
		case FTS_DC:
			if (apart > 1)
				r = collect(names, entry->fts_path, apart - 1, found);
			else
				found->unread++;
			break;
		case FTS_DNR:
		case FTS_ERR:
		case FTS_NS:
			found->unread += entry->fts_errno != ENOENT;
		}
	}
	if (fts_close(walk) < 0 && r == 0)
		r = -errno;
	return r;
}

int links_look(int fd, const struct links_place *place, struct links_found *ret)
{
	char here[] = ".";
	struct names names = { 0 };
	int r;

	memset(ret, 0, sizeof(*ret));
	if (fchdir(fd) < 0)
		return -errno;
	r = collect(&names, here, place->layered ? APART : 0, ret);
	if (r == 0 && fchdir(fd) < 0)
		r = -errno;
	if (r == 0 && names.count) {
		qsort(names.name, names.count, sizeof(*names.name), by_inode);
		for (size_t i = 0; i < names.count; ret->files++)
			i = place->layered ? ask_each(&names, i, &ret->unseen) :
					     ask(&names, i, &ret->unseen);
		ret->names = names.count;
	}
	free(names.name);
	free(names.bytes);
	return r;
}
