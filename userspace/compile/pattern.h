/* SPDX-License-Identifier: Apache-2.0 */
/* Every pattern of a policy once, and what it is used for */
#ifndef BAILIWICK_COMPILE_PATTERN_H
#define BAILIWICK_COMPILE_PATTERN_H

#include <stddef.h>
#include <stdint.h>

#include "base/strmap.h"
#include "diag/source.h"

struct lowering;

#define PATTERN_USE_NONE UINT32_MAX
#define PATTERN_NO_ROLE UINT32_MAX

/* Where the self-test of the hooks lives. */
#define CANARY_ALLOWED "/run/bailiwick/canary/allowed/**"
#define CANARY_PROGRAM "/usr/lib/bailiwick/canary"

enum use_kind {
	USE_RULE,		/* @origin allows and denies rights */
	USE_CLASS,		/* belongs to class @number (index in the policy) */
	USE_TRANSITION,		/* whoever holds @origin changes to role @number by running it */
	USE_EXE,		/* tasks without role enter role @number by running it */
	USE_DEV_NULL,		/* every confined row may write to it */
	USE_CANARY_ALLOWED,	/* the canary's, and nobody else's */
	USE_CANARY_PROGRAM,
	USE_OWN,		/* Bailiwick's own, while a class is protected: no role, no change */
};

/**
 * struct pattern_use - one thing a pattern is used for
 * @next:	the next use of the same pattern
 * @origin:	index of the role that says so
 * @number:	class, or role (PATTERN_NO_ROLE for `none`)
 * @severity:	of a denying rule, ~0 when not said
 */
struct pattern_use {
	uint32_t next;
	enum use_kind kind;
	uint32_t origin;
	uint32_t number;
	uint32_t allow;
	uint32_t deny;
	uint32_t severity;
};

/** struct pattern_entry - a pattern; @at is where it was first met */
struct pattern_entry {
	const char *text;
	struct location at;
	uint32_t first_use;
};

/** struct patterns - @entries and @uses, known by their indices; @by_text holds index + 1 */
struct patterns {
	struct pattern_entry *entries;
	size_t count, capacity;
	struct pattern_use *uses;
	size_t use_count, use_capacity;
	struct strmap by_text;
};

/** patterns_done() - free what it holds */
void patterns_done(struct patterns *patterns);

/**
 * patterns_add() - note a use of a pattern
 * @text:	borrowed
 *
 * Return: 0 or -ENOMEM.
 */
int patterns_add(struct patterns *patterns, const char *text, const struct location *at,
		 const struct pattern_use *use);

/** patterns_collect() - the patterns of classes, rules, transitions and built-ins */
int patterns_collect(struct lowering *lowering);

/** patterns_build() - all patterns become lowering->dfa, outcomes are accept sets */
int patterns_build(struct lowering *lowering);

#endif
