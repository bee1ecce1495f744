/* SPDX-License-Identifier: Apache-2.0 */
/* How far a sink is, over restarts and power cuts */
#ifndef BAILIWICK_DAEMON_CURSOR_H
#define BAILIWICK_DAEMON_CURSOR_H

#include <stdint.h>

/** struct cursor - @fd of its file; what is in there is @saved */
struct cursor {
	int fd;
	uint64_t saved;
};

/**
 * cursor_open() - the file @name in @directory, made when missing
 * @journal:	identity of the journal; a cursor of another one counts for nothing
 * @ret_next:	first event not delivered: 1 where nothing is known
 *
 * Return: 0, 1 when there was a cursor that cannot be believed, or a negative errno.
 */
int cursor_open(struct cursor *cursor, int directory, const char *name, const char *journal,
		uint64_t *ret_next);

/** cursor_save() - for good, where it changed; 0 or a negative errno */
int cursor_save(struct cursor *cursor, const char *journal, uint64_t next);

/** cursor_close() - without saving */
void cursor_close(struct cursor *cursor);

#endif
