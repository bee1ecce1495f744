/* SPDX-License-Identifier: Apache-2.0 */
/* The hook on every use of an open file: attached and taken off while all else stays */
#ifndef BAILIWICK_LOAD_RECHECK_H
#define BAILIWICK_LOAD_RECHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "load/genl.h"
#include "load/loaded.h"

#define RECHECK_HOOK "file_permission"
#define RECHECK_PROMISE_SECONDS 5

/** recheck_attached() - is the program on its hook? */
bool recheck_attached(const struct loaded *loaded);

/** recheck_find() - of programs found by number: those that are not attached now, by name */
void recheck_find(struct loaded *loaded);

/**
 * recheck_attach() - attach it, pin its link, let the module hold it; 0 when it is already
 * @genl:	NULL where the module holds nothing
 *
 * From its return on every use of an open file is judged.  On failure nothing is
 * attached that was not before.  recheck_detach() is the same read backwards.
 */
int recheck_attach(struct loaded *loaded, const char *pins, struct genl *genl, struct buffer *why);
int recheck_detach(struct loaded *loaded, const char *pins, struct genl *genl, struct buffer *why);

/** recheck_wanted() - how many tasks became another subject by themselves since the load */
int recheck_wanted(const struct loaded *loaded, uint64_t *ret);

/** recheck_promise() - for the next seconds somebody looks at those; call it every second */
int recheck_promise(const struct loaded *loaded);

/** recheck_kinds() - OPEN_* of what must not be there for the hook to be unnecessary here */
unsigned int recheck_kinds(void);

struct enforcement;

/* The same of what is in force here */
int enforcement_recheck_attach(struct enforcement *enforcement, struct buffer *why);
int enforcement_recheck_detach(struct enforcement *enforcement, struct buffer *why);
bool enforcement_recheck_attached(const struct enforcement *enforcement);
int enforcement_recheck_wanted(const struct enforcement *enforcement, uint64_t *ret);
int enforcement_recheck_promise(const struct enforcement *enforcement);

#endif
