/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured: one operation each, and how often it is done in a round */
#ifndef TESTS_BENCH_OPERATIONS_H
#define TESTS_BENCH_OPERATIONS_H

#include <stddef.h>

/* The scene that tests/bench/machine draws. */
#define BENCH_DIR "/srv/bench"
#define BENCH_NEAR BENCH_DIR "/invoice.pdf"			/* 3 names deep */
/* 12 names deep, with names of the length that names have */
#define BENCH_FAR BENCH_DIR \
	"/customers/europe/germany/berlin/mitte/2025/invoices/december/signed/original.pdf"
/* A tmpfs, where making and renaming a file costs a fifth of what it costs on ext4. */
#define BENCH_MEMORY "/srv/memory"
#define BENCH_CLOSED "/srv/closed/by-mode"	/* root's, 0600 */
#define BENCH_OUTSIDE "/srv/closed/by-policy"	/* readable for all, in no policy */
/* As many of either, with a number behind them: each denial has a record of its own. */
#define BENCH_MANY 20
#define BENCH_PROGRAM "/opt/bailiwick-bench/nothing"

enum {
	BENCH_TCP_PORT = 4201,
	BENCH_UDP_PORT = 4202,
	BENCH_BIND_PORT = 4203,
};

/**
 * struct operation - something a process does
 * @name:	as it stands in the tables
 * @times:	in one round; a round should stay well below 4 million
 *		instructions, the distance of two timer interrupts
 * @prepare:	once, unmeasured; NULL where nothing is to be prepared
 * @once:	what is measured
 * @rest:	milliseconds before a round, 0 for the usual 12
 *
 * Both return 0, or -1 with errno.
 */
struct operation {
	const char *name;
	unsigned int times;
	int (*prepare)(void);
	int (*once)(void);
	unsigned int rest;
};

/* Each ends with an entry without a name. */
extern const struct operation file_operations[];
extern const struct operation process_operations[];
extern const struct operation socket_operations[];

/* The file a denied open tries, BENCH_CLOSED or BENCH_OUTSIDE. */
extern const char *denied_path;

/** confine_landlock() - rules of the same meaning as machine's policies; 0, or -1 with errno */
int confine_landlock(void);

/** confine_apparmor() - continue under @profile; 0, or -1 with errno */
int confine_apparmor(const char *profile);

#endif
