/* SPDX-License-Identifier: Apache-2.0 */
/* What a change took back from running processes, and what it could not */
#ifndef BAILIWICK_DAEMON_REPORT_H
#define BAILIWICK_DAEMON_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "daemon/times.h"
#include "load/sockdiag.h"

/* What a process holds: X(ID, "text", "words for many of them"). */
#define REPORT_WHATS(X)                                                        \
	X(FILE, "file", "open files")                                          \
	X(MAPPING, "mapping", "mapped files")                                  \
	X(CONNECTION, "connection", "connections")                             \
	X(LISTENER, "listener", "listening sockets")                           \
	X(DATAGRAM, "datagram", "datagram sockets")                            \
	X(SOCKET, "socket", "other sockets")                                   \
	X(THREAD, "thread", "threads of another role than their process")      \
	X(CALL, "call", "system calls under way")                              \
	X(PROCESS, "process", "processes")     /* one that was to be ended */

#define REPORT_X_ENUM(id, text, many) REPORT_##id,
enum report_what { REPORT_WHATS(REPORT_X_ENUM) REPORT_WHAT_COUNT };

/* What became of it: X(ID, "text"). */
#define REPORT_FATES(X)                                                        \
	X(CUT, "cut")		/* ended, or refused whenever it is used */    \
	X(KEPT, "kept")		/* could not be taken back */                  \
	X(ENDED, "ended")	/* the process was killed, as was asked for */

#define REPORT_X_FATE(id, text) REPORT_##id,
enum report_fate { REPORT_FATES(REPORT_X_FATE) REPORT_FATE_COUNT };

/**
 * struct report_item - one thing one process holds and may no longer
 * @start:	when the process began, ns since boot: tells it from a successor
 * @comm:	its name, any bytes
 * @fd:		descriptor, -1 for none
 * @path:	canonical, any bytes, not terminated; NULL for none
 * @rights:	BAILIWICK_RIGHT_* it lost
 * @from:	REPORT_MAPPING: the range
 * @protection:	REPORT_MAPPING: PROT_*
 * @socket:	both ends, where @what is one of inet; family 0 otherwise
 * @how:	by what means it was cut, or why it could not be; a constant
 */
struct report_item {
	enum report_what what;
	enum report_fate fate;
	uint32_t pid;
	uint32_t uid;
	uint64_t start;
	char comm[16];
	int fd;
	const char *path;
	size_t path_size;
	uint32_t rights;
	uint64_t from, to;
	uint32_t protection;
	struct sockdiag_socket socket;
	const char *how;
};

/**
 * struct report_totals - exact, whatever was too much to be listed
 * @count:	by fate and kind
 * @holders:	processes that still hold something
 * @unlisted:	items beyond REPORT_LINES_MAX
 * @microseconds: the sweep took
 * @complete:	nothing ended it early
 * @problem:	what went wrong, "" when nothing
 * @times:	of the sweep alone
 */
struct report_totals {
	uint64_t count[REPORT_FATE_COUNT][REPORT_WHAT_COUNT];
	uint64_t holders;
	uint64_t unlisted;
	uint64_t microseconds;
	bool complete;
	char problem[256];
	struct report_times times;
};

#define REPORT_LINES_MAX (64u << 20)	/* bytes of listed items */

/* The lines lie in a file of the kernel's memory: a child writes them, clients are handed it */
struct report;

/** report_new() - an empty one, for a child to fill; NULL without memory */
struct report *report_new(void);
struct report *report_ref(struct report *report);

/** report_unref() - NULL is fine; returns NULL */
struct report *report_unref(struct report *report);
DEFINE_CLEANUP(struct report *, report_unref);

/** report_totals() - shared with the children of this process */
struct report_totals *report_totals(struct report *report);

/** report_add() - count an item and list it while there is room */
void report_add(struct report *report, const struct report_item *item);

/** report_flush() - what was added stands in the file from now on */
void report_flush(struct report *report);

/**
 * report_file() - the lines for somebody else to read: JSON objects, one a line
 *
 * A line without its break at the end is none: its writer was stopped.
 * Return: a descriptor that can only be read, the caller's; or a negative errno.
 */
int report_file(const struct report *report);

/** report_write_item() - one JSON object */
int report_write_item(const struct report_item *item, struct buffer *out);

/** report_write_totals() - one JSON object */
int report_write_totals(const struct report_totals *totals, struct buffer *out);

/** report_fate_total() - items of that fate; processes are not counted among them */
uint64_t report_fate_total(const struct report_totals *totals, enum report_fate fate);

/** report_describe() - a sentence: "cut 3 connections, 12 open files; kept 2 mapped files in 1 process" */
void report_describe(const struct report_totals *totals, struct buffer *out);

#endif
