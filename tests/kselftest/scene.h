/* SPDX-License-Identifier: Apache-2.0 */
/* The files the tests act on: found as they should be, or repaired in place. */
#ifndef SCENE_H
#define SCENE_H

#include <stdbool.h>

/*
 * /srv/bw
 * ├── only-RIGHT/   CLERK holds this right here and no other
 * ├── no-RIGHT/     CLERK holds every right here but this one (allowed, then denied)
 * ├── all/          CLERK holds every right here
 * ├── log/          read and append
 * ├── secret/       nobody with a role holds anything: no pattern names it
 * ├── vault/        protected: open to KEEPER alone, closed to unconfined root
 * └── above/vault/  the same, below a directory that is not protected
 *
 * An object keeps its inode as long as it can, so that whatever was remembered
 * about it (a label, a state) meets the next test.
 */
#define SCENE "/srv/bw"
#define SECRET SCENE "/secret/marker"
#define VAULT SCENE "/vault/marker"

/* Who reads this has read what was forbidden. */
#define MARKER "what-nobody-may-see"
/* Who reads this has read what was allowed. */
#define PLAIN "what-everybody-may-see"

/* All take a printf format for the name.  They end the program when they fail. */
#define SCENE_PRINTF(n) __attribute__((format(printf, n, n + 1)))

/** scene_directory() - a directory, root's, mode 0755, with its parents */
void scene_directory(const char *format, ...) SCENE_PRINTF(1);

/** scene_file() - a regular file of root's, mode 0644, one link, with exactly @content */
void scene_file(const char *content, const char *format, ...) SCENE_PRINTF(2);

/** scene_program() - an executable copy of the program @built beside the running test */
void scene_program(const char *built, const char *format, ...) SCENE_PRINTF(2);

/** scene_script() - an executable file with exactly @content */
void scene_script(const char *content, const char *format, ...) SCENE_PRINTF(2);

/** scene_gone() - no object of that name: a file, or a directory and what is in it */
void scene_gone(const char *format, ...) SCENE_PRINTF(1);

/** scene_holds() - a regular file with exactly @content? */
bool scene_holds(const char *content, const char *format, ...) SCENE_PRINTF(2);

/** scene_there() - is there an object of that name (links not followed)? */
bool scene_there(const char *format, ...) SCENE_PRINTF(1);

/** scene_mode() - permission bits, -1 when there is no such object */
int scene_mode(const char *format, ...) SCENE_PRINTF(1);

/** scene_all() - secret and vault as drawn above, made by whom it takes */
void scene_all(void);

/** scene_vault_intact() - the keeper finds @path as it was made: content, mode, owner, a time */
bool scene_vault_intact(const char *path);

#endif
