/* SPDX-License-Identifier: Apache-2.0 */
/* Policy sources laid out in a private directory for the compiling child */
#ifndef BAILIWICK_DAEMON_STAGE_H
#define BAILIWICK_DAEMON_STAGE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/buffer.h"

#define STAGE_FILES_MAX 4096
#define STAGE_FILE_MAX (16u << 20)	/* bytes of one source */
#define STAGE_TOTAL_MAX (64u << 20)	/* bytes of all */

/** struct source_text - a policy file; both owned */
struct source_text {
	char *name;
	char *text;
	size_t size;
};

/** struct source_set - the files of a policy, in order */
struct source_set {
	struct source_text *files;
	size_t count;
	size_t bytes;
};

/** source_set_done() - free it, leave it empty */
void source_set_done(struct source_set *set);

/**
 * source_set_add() - append a copy of a file
 * @why:	what is wrong with it, a sentence
 *
 * Return: 0; 1 when name or sizes are refused, or the name is there already; -ENOMEM.
 */
int source_set_add(struct source_set *set, const char *name, const char *text, size_t size,
		   struct buffer *why);

/**
 * stage_make() - write the files below a new directory
 * @parent:	where, on a filesystem of its own memory (/run/bailiwick)
 * @assignments: JSON lines, written as "assignments" beside the files
 * @uid:	may read it, nobody else but root
 * @ret:	path of the directory, to be freed; the files stand in RET/files
 *
 * Return: 0 or a negative errno, with nothing left behind.
 */
int stage_make(const char *parent, const struct source_set *set, const struct buffer *assignments,
	       uid_t uid, char **ret);

/** stage_put() - write or replace a file of the directory; 0 or a negative errno */
int stage_put(const char *path, const char *name, const struct buffer *text, uid_t uid);

/** stage_remove() - delete the directory and all below it; NULL is fine */
void stage_remove(const char *path);

#endif
