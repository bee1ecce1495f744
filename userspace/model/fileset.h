/* SPDX-License-Identifier: Apache-2.0 */
/* From the paths a user gives to the files of a policy set */
#ifndef BAILIWICK_MODEL_FILESET_H
#define BAILIWICK_MODEL_FILESET_H

#include <stddef.h>

struct diag;

/** struct fileset - paths of files, in the order they are read */
struct fileset {
	char **paths;
	size_t count;
	size_t capacity;
};

/**
 * fileset_add() - add a file, or the *.yaml and *.yml of a directory by name
 *
 * Directories inside a directory are not entered, hidden files are not taken.
 * A path that does not exist is added as it is; who reads it will report it.
 *
 * Return: 0; positive when a mistake was reported; negative errno.
 */
int fileset_add(struct fileset *set, const char *path, struct diag *diag);

/** fileset_add_file() - add a path without looking what it is; as fileset_add() */
int fileset_add_file(struct fileset *set, const char *path, struct diag *diag);

/** fileset_done() - free the paths */
void fileset_done(struct fileset *set);

#endif
