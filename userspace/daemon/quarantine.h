/* SPDX-License-Identifier: Apache-2.0 */
/* Subjects that have no rights: into the kernel, out of it, and back after a boot */
#ifndef BAILIWICK_DAEMON_QUARANTINE_H
#define BAILIWICK_DAEMON_QUARANTINE_H

#include "daemon/change.h"

/**
 * quarantine_read() - what the kernel knows a subject by
 * @subject:	user:NAME, unit:NAME, exe:PATH or pid:NUMBER
 * @uid:	of user:, looked up by who asks: no name service is asked here; ~0 unknown
 *
 * Return: NULL, or what is wrong with it, for people.
 */
const char *quarantine_read(const char *subject, uint32_t uid, struct bailiwick_quarantine *ret);

/**
 * quarantine_find_stored() - what @subject was put in as; its own text when it is not found
 * @name:	what it was called then, to be freed; NULL without memory
 */
void quarantine_find_stored(struct state *state, const char *subject,
			    struct bailiwick_quarantine *who, char **name);

/**
 * quarantine_spared() - is init, the controller, or @asker among what @who would stop?
 * @proc:	"/proc"
 *
 * Return: 0 when none of them is; 1 when one is, with a sentence in @why.  Whoever asks
 * is an administrator and stays one: so the last one cannot be put in.
 */
int quarantine_spared(const char *proc, const struct bailiwick_quarantine *who,
		      const char *subject, uint32_t asker, struct buffer *why);

/** quarantine_do() - CHANGE_QUARANTINE and CHANGE_RELEASE; 0, or the exit code and @why */
int quarantine_do(struct controller *controller, const struct change *change, struct buffer *why);

/** quarantine_start() - what the state knows and the kernel does not, before the first policy */
void quarantine_start(struct controller *controller);

/**
 * quarantine_describe() - who is in it, by the kernel's own word: a JSON array of subjects
 * @whole:	of objects, which say too what the kernel knows them by, since when and by whom
 */
void quarantine_describe(struct controller *controller, bool whole, struct buffer *out);

#endif
