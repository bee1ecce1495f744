/* SPDX-License-Identifier: Apache-2.0 */
/* The subjects an image binds, and what the compiler is told about them */
#ifndef BAILIWICK_DAEMON_SUBJECTS_H
#define BAILIWICK_DAEMON_SUBJECTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "image/reader.h"
#include "state/state.h"

#define SUBJECT_TEXT_MAX 4400		/* "unit:" and a name */

/** subject_text() - "user:alice" of a subject; returns @text */
char *subject_text(const struct image *image, const struct bailiwick_subject *subject,
		   char text[SUBJECT_TEXT_MAX]);

/** subject_check() - is it "user:", "group:", "unit:" or "exe:" with a name?  NULL, or what is wrong */
const char *subject_check(const char *subject);

/** subjects_hold() - does the image bind this subject to this role (NULL: to any but none)? */
bool subjects_hold(const struct image *image, const char *subject, const char *role);

/** subjects_remember() - tell the state every subject the image binds; 0 or a negative errno */
int subjects_remember(const struct image *image, struct state *state);

/** subjects_next_end() - earliest `until` after @now, seconds since the epoch; 0 for none */
int64_t subjects_next_end(const struct image *image, int64_t now);

/**
 * subjects_write() - the JSON lines `bailiwick compile --assignments` reads
 *
 * What commands gave and took back, `hold` for every subject ever bound, and the
 * controller's own unit, which is never confined.
 * Return: 0 or a negative errno.
 */
int subjects_write(struct state *state, int64_t now, struct buffer *out);

#endif
