/* SPDX-License-Identifier: Apache-2.0 */
/* A process that holds a role and does on demand what an attacker would do. */
#ifndef ROLE_H
#define ROLE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Numbers of the people in policy.yaml.  All of them stay uid 0 with every
 * capability: what holds them back is the role of their login uid alone.
 */
enum {
	FREE = 1100,		/* nothing names this one: unconfined */
	CLERK = 1101,		/* the ordinary confined person */
	KEEPER = 1102,		/* the only one the vault is open to */
	CAPABLE = 1103,		/* every capability, no file */
	RING = 1104,		/* a clerk with the io-uring privilege */
	FOLDED = 1105,		/* two roles at once */
	MOVER = 1106,		/* no role in the policy: gets them while it runs */
	SECOND = 1107,		/* the same, for a second subject in one test */
	SWITCHER = 1108,	/* may enter another role by running a program */
	MEMBER = 1109,		/* named by nothing but the group bw-group */
	AUDITED = 1110,		/* a role in mode audit: told of, not held back */
};

/* One act: arguments in, result and text out.  Lives in memory both sides share. */
struct act {
	char path[512];
	char other[512];
	int flags;
	int descriptor;
	long number;
	char text[1024];	/* what was read; always NUL-terminated */
	long result;		/* 0 or positive when it worked, a negative errno when not */
};

/* Something to do.  Runs in the actor; the return value becomes act->result. */
typedef long act_fn(struct act *act);

struct subject {
	uid_t login;		/* login uid to write; 0 leaves it unset */
	uid_t uid;		/* real, effective and saved uid; 0 stays root */
	const char *unit;	/* then moved into this cgroup below system.slice; may be NULL */
};

struct actor;

/**
 * actor_start() - fork a process that becomes @subject and then waits for acts
 *
 * It looks at the file system before it changes, so that a row kept from then
 * would be found out.  Descriptors and memory of the caller are inherited.
 * Ends the program when the subject cannot be made: nothing could be tested.
 */
struct actor *actor_start(const struct subject *subject);

/**
 * actor_do() - let the actor do one thing and wait for the end of it
 *
 * Return: what @fn returned, or -ECHILD when the actor died of it.
 */
long actor_do(struct actor *actor, act_fn *fn, struct act *act);

/** actor_begin(), actor_ended() - the same in two halves; ended: false while it lasts */
void actor_begin(struct actor *actor, act_fn *fn, const struct act *act);
bool actor_ended(struct actor *actor, struct act *act);

pid_t actor_pid(const struct actor *actor);

/** actor_stop() - kill and reap it; NULL is fine */
void actor_stop(struct actor *actor);

/** act_as() - one act by a person of the policy: start, do, stop */
long act_as(uid_t login, act_fn *fn, struct act *act);

/** act_here() - the same act by the caller itself: the unconfined twin */
long act_here(act_fn *fn, struct act *act);

/** run_command() - a shell line, output thrown away unless it fails; its exit status */
int run_command(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** role_assign(), role_revoke() - as an administrator types it; true when the command said yes */
bool role_assign(uid_t login, const char *role);
bool role_revoke(uid_t login);

/* Acts needed in more than one file; which members of struct act they use. */
long act_read(struct act *act);		/* path, flags, -> text; number of bytes */
long act_read_descriptor(struct act *act);	/* descriptor -> text; from offset 0 */
long act_open(struct act *act);		/* path, flags, number: mode -> descriptor */
long act_close(struct act *act);	/* descriptor */
long act_write_descriptor(struct act *act);	/* descriptor, other: the bytes */
long act_run(struct act *act);		/* path, other: arguments -> text, the output */

/** path_set() - printf into act->path */
void path_set(struct act *act, const char *format, ...) __attribute__((format(printf, 2, 3)));
void other_set(struct act *act, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
