/* SPDX-License-Identifier: Apache-2.0 */
/* The hook self-test: every hook must deny something that would otherwise succeed */
#ifndef BAILIWICK_LOAD_CANARY_H
#define BAILIWICK_LOAD_CANARY_H

#include <stdbool.h>
#include <stddef.h>

#include "load/enforcement.h"

/* Compiled into every image: this program enters BAILIWICK_ROW_CANARY by being run */
#define CANARY_PROGRAM "/usr/lib/bailiwick/canary"
#define CANARY_DIRECTORY "/run/bailiwick/canary"

enum canary_result {
	CANARY_DENIED,		/* refused, counted by our programs, permitted twin worked */
	CANARY_NOT_DENIED,	/* went through, or something else refused it */
	CANARY_NOT_TESTED,	/* the canary cannot exercise this hook here */
};

/**
 * struct canary_finding - one attached hook
 * @hook:	name, as in enforcement_status.hooks
 * @text:	what happened, for people
 */
struct canary_finding {
	char hook[48];
	enum canary_result result;
	char text[128];
};

#define CANARY_FINDINGS_MAX 128

struct canary_report {
	struct canary_finding finding[CANARY_FINDINGS_MAX];
	size_t count;
};

/**
 * canary_run() - run the canary program against the policy in force
 * @program:	NULL for CANARY_PROGRAM
 *
 * Takes well under a second, bounded by twenty; blocks meanwhile.
 *
 * Return: 0 with one finding per attached hook, or a negative errno when the
 * canary could not be run at all (then nothing is known).
 */
int canary_run(struct enforcement *enforcement, const char *program, struct canary_report *ret);

/** canary_passed() - no finding is CANARY_NOT_DENIED, at least one is CANARY_DENIED */
bool canary_passed(const struct canary_report *report);

#endif
