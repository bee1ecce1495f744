/* SPDX-License-Identifier: Apache-2.0 */
/* What the controller must remember: assignments, subjects, sources, history (SQLite) */
#ifndef BAILIWICK_STATE_STATE_H
#define BAILIWICK_STATE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/sha256.h"

/*
 * Every function returns 0 or a negative errno: -EBADMSG when the file is
 * damaged, -ENOSPC when it is full, -EIO for other trouble of the library;
 * state_problem() has the library's words.  Text passed in is copied; text
 * passed to callbacks is valid during the call.  A callback returns 0, or
 * anything else to stop, which the function then returns.
 */
struct state;

/**
 * state_open() - open the state, make it when there is none
 * @why:	on failure, a sentence for people is appended
 *
 * The file is checked whole; -EBADMSG when it is damaged, -EPROTONOSUPPORT when
 * a newer version wrote it.
 */
int state_open(const char *path, struct state **ret, struct buffer *why);

/** state_close() - NULL is fine; returns NULL.  An open transaction is taken back */
struct state *state_close(struct state *state);
DEFINE_CLEANUP(struct state *, state_close);

/** state_problem() - what the library said last */
const char *state_problem(const struct state *state);

/* A change is whole or not at all: begin, change, then commit or rollback. */
int state_begin(struct state *state);
int state_commit(struct state *state);
void state_rollback(struct state *state);

/** struct state_person - who asked for something */
struct state_person {
	uint32_t uid;
	uint32_t login_uid;	/* ~0 when unset */
	uint32_t pid;
};

/**
 * struct state_assignment - given by command
 * @subject:	"user:alice", "unit:nginx.service", …
 * @role:	name; in what was dropped "" is every role
 * @until:	seconds since the epoch, 0 without end
 * @time:	when it was given, seconds since the epoch
 */
struct state_assignment {
	const char *subject;
	const char *role;
	int64_t until;
	int64_t time;
	struct state_person by;
};

typedef int state_assignment_fn(void *context, const struct state_assignment *assignment);

/** state_assign() - add, or replace one of the same subject and role; ends what was dropped */
int state_assign(struct state *state, const struct state_assignment *assignment);

/** state_revoke() - take back @role, or all when NULL; *ret_count of assignments removed */
int state_revoke(struct state *state, const char *subject, const char *role, size_t *ret_count);

/** state_expire() - remove what ended at or before @now */
int state_expire(struct state *state, int64_t now);

/** state_assignments() - all that were given by command */
int state_assignments(struct state *state, state_assignment_fn *fn, void *context);

/** state_next_end() - the earliest `until` of all, 0 when there is none */
int state_next_end(struct state *state, int64_t *ret);

/* Assignments of the policy files that a command took back; until given again. */
int state_drop(struct state *state, const struct state_assignment *dropped);
int state_dropped(struct state *state, state_assignment_fn *fn, void *context);

/* Subjects that were ever bound: who loses the last role holds `none`. */
typedef int state_subject_fn(void *context, const char *subject);
int state_bind(struct state *state, const char *subject);
int state_bound(struct state *state, state_subject_fn *fn, void *context);

/** struct state_source - a policy file as it was applied; @text need not be UTF-8 */
struct state_source {
	const char *name;
	const char *text;
	size_t size;
};

typedef int state_source_fn(void *context, const struct state_source *source);

/** state_set_sources() - the sources in force, in order, instead of the old ones */
int state_set_sources(struct state *state, uint64_t version, const struct state_source *sources,
		      size_t count);

/** state_sources() - the sources in force; *ret_version they were applied as, 0 for none */
int state_sources(struct state *state, state_source_fn *fn, void *context, uint64_t *ret_version);

/**
 * struct state_change - a line of the history
 * @version:	policy version it led to, or was to lead to
 * @change:	"policy-applied", "assigned", …
 * @detail:	what changed
 * @outcome:	"done", or why not
 */
struct state_change {
	int64_t time;
	uint64_t version;
	const char *change;
	const char *detail;
	const char *outcome;
	struct state_person by;
	uint8_t digest[SHA256_SIZE];
};

typedef int state_change_fn(void *context, const struct state_change *change);

/** state_record() - add to the history */
int state_record(struct state *state, const struct state_change *change);

/** state_history() - the last @limit changes, oldest first; 0 is all */
int state_history(struct state *state, size_t limit, state_change_fn *fn, void *context);

/** state_version() - the highest policy version ever given; versions never come again */
int state_version(struct state *state, uint64_t *ret);

/** state_raise_version() - @version is given now */
int state_raise_version(struct state *state, uint64_t version);

#endif
