/* SPDX-License-Identifier: Apache-2.0 */
/* What tasks hold open and may not use any more, by the image in force */
#ifndef BAILIWICK_LOAD_OPEN_H
#define BAILIWICK_LOAD_OPEN_H

#include <stddef.h>

#include <bailiwick/open.h>

#include "load/loaded.h"

/* Which kinds to look for; the tasks are gone through once for each */
#define OPEN_FILES (1u << BAILIWICK_OPEN_FILE)
#define OPEN_MAPPINGS (1u << BAILIWICK_OPEN_MAPPING)
#define OPEN_SOCKETS (1u << BAILIWICK_OPEN_SOCKET)
#define OPEN_THREADS (1u << BAILIWICK_OPEN_THREAD)
#define OPEN_ALL (OPEN_FILES | OPEN_MAPPINGS | OPEN_SOCKETS | OPEN_THREADS)

/*
 * One finding, valid during the call.  What the members of @item mean for its kind
 * stands in bailiwick/open.h; a kind that is not known is to be taken for "something
 * is still open".  @path: canonical, its bytes are a stranger's, NUL-terminated, ""
 * where there is none.  Return non-zero to stop; it is what open_scan() returns then.
 */
typedef int open_fn(void *context, const struct bailiwick_open *item, const char *path);

/**
 * open_scan() - every open file, mapping and socket its holder's row forbids now
 * @kinds:	OPEN_*
 *
 * The row is each task's own, found as the next hook would find it: by the image in
 * force, its login uid, uid, unit and entered role at that moment.  A file is told
 * when the row lacks a right of the way it is opened: read, write, append, list. A
 * mapping, when it lacks read, write (shared), map-exec; the pages of a program that
 * runs, when it lacks exec and map-exec.  A socket, when the row may not send to or
 * receive from the peer it has, listen where it listens, or use its family. Rows in
 * mode audit and learn are told only of protected classes.  One mapped file is told
 * once for each range of pages.
 *
 * What cannot be told: what is opened, passed on or mapped while it looks (whoever
 * opens is judged by the row it has then); a descriptor that moves between two
 * numbers or two processes meanwhile; files on their way through a unix socket (their
 * receipt is judged); files registered with an io_uring and closed since (a ring that
 * keeps some is told with the files, as BAILIWICK_OPEN_RING, and with the threads where it
 * has no descriptor); whether a block device will
 * come into use (each is told, as BAILIWICK_OPEN_DISK); pages and files the kernel keeps by
 * itself: swap, loop devices, backing files.  Threads that share the table of their
 * process are gone by its leader's row; one with another row is an OPEN_THREADS item.
 *
 * Return: 0, the callback's answer, -EOPNOTSUPP when the programs in force cannot, or
 * another negative errno (then nothing is proved).
 */
int open_scan(const struct loaded *loaded, unsigned int kinds, open_fn *callback, void *context);

struct enforcement;

/**
 * open_mark() - have every task marked that a quarantine names now
 *
 * From then on it stays in quarantine whatever becomes of its unit, its uid and the
 * processes above it.  Return: as open_scan().
 */
int open_mark(const struct loaded *loaded);

/** enforcement_scan() - open_scan() of what is in force here */
int enforcement_scan(const struct enforcement *enforcement, unsigned int kinds, open_fn *callback,
		     void *context);

/** open_records() - hand on the records that are whole; the bytes they take, what stops it in *ret */
size_t open_records(const char *bytes, size_t size, open_fn *callback, void *context, int *ret);

#endif
