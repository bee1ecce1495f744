/* SPDX-License-Identifier: Apache-2.0 */
/* Files with several hard links: look at every name, so that the kernel knows them */
#ifndef BAILIWICK_LOAD_LINKS_H
#define BAILIWICK_LOAD_LINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Names kept in memory while looking; more are looked at once, and not asked for together */
#define LINKS_NAMES_MAX (1u << 20)
#define LINKS_BYTES_MAX (192u << 20)

/**
 * struct links_place - a filesystem as mountinfo has it, and what to do with it
 * @key:	of device, place and mount: what it was looked at as
 * @skip:	why it is not looked at, in words; NULL when it is
 */
struct links_place {
	unsigned int major, minor;
	uint64_t key;
	char *directory;
	const char *skip;
	bool whole;			/* @directory shows all of it */
	bool layered;			/* an overlay: a name may be an inode of its own */
};

struct links_places {
	struct links_place *place;
	size_t count;
};

/**
 * struct links_found - @files with @names names
 * @left_out:	names there was no room for
 * @unseen:	files some of whose names were not found: they were moved, or are too many
 * @unread:	directories that could not be listed
 */
struct links_found {
	size_t files, names, left_out, unseen, unread;
};

/**
 * links_places() - one entry for each filesystem of a mountinfo file that could hold such files
 *
 * Filesystems of the kernel's own are left out, those that are another machine's or a
 * process's are there with @skip.  Return: 0 or -ENOMEM.
 */
int links_places(FILE *mountinfo, struct links_places *ret);
void links_places_done(struct links_places *places);

/** links_open() - the whole filesystem, without what is mounted over its directories */
int links_open(const struct links_place *place);

/**
 * links_look() - look at every name below the directory @fd, which is all of @place
 *
 * Names of one file are looked at together, and then its extended attributes are listed:
 * so the programs in the kernel are told that all are in memory, which they see for
 * themselves, and they refuse when it is not so.  In an overlay each name is asked about:
 * it may have an inode of its own, which knows no other.  The working directory changes.
 * Return: 0 or a negative errno.
 */
int links_look(int fd, const struct links_place *place, struct links_found *ret);

#endif
