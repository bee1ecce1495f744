/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs: what `bailiwick` can be told to do */
#ifndef BAILIWICK_CTL_VERB_H
#define BAILIWICK_CTL_VERB_H

#include <stdbool.h>
#include <stddef.h>

#define CTL_SOCKET "/run/bailiwick/ctl.sock"

/**
 * struct invocation - one call of a verb
 * @argc:	number of @argv
 * @argv:	@argv[0] is "bailiwick policy check", then options and arguments;
 *		NULL-terminated
 * @socket:	the controller's control socket
 */
struct invocation {
	int argc;
	char **argv;
	const char *socket;
};

/** verb_fn - do it; the return value is the exit code */
typedef int verb_fn(const struct invocation *invocation);

/**
 * struct verb - an entry of the table
 * @name:	one word, or two with a blank between
 * @summary:	half a line for the list of commands
 * @run:	does it
 * @internal:	called by other parts, not listed and never suggested
 */
struct verb {
	const char *name;
	const char *summary;
	verb_fn *run;
	bool internal;
};

/**
 * verbs - the table, made by each program from VERBS(); @verb_count entries
 *
 * In `bailiwick` the entries of what needs more than a client are run by verb_apart().
 */
extern const struct verb verbs[];
extern const size_t verb_count;

/**
 * verb_find() - the verb that @words begin with
 * @words:	what was typed, @n words
 * @ret_used:	words that make its name, 1 or 2
 *
 * Return: the verb, or NULL when there is none; *ret_used is then the number of
 * words that were understood: 1 for "policy nonsense".
 */
const struct verb *verb_find(char *const *words, size_t n, size_t *ret_used);

/** verb_suggest() - the nearest name to what was typed, or NULL */
const char *verb_suggest(char *const *words, size_t n);

/**
 * VERBS() - what there is, in the order in which it is listed: (identifier, name, summary)
 *
 * CLIENT: only asks the controller, or somebody waits for it in an emergency.  `bailiwick`
 * has these itself, and links libjansson and the C library alone: loading OpenSSL and
 * the rest is three quarters of what a command that has them takes to begin
 * (docs/REVOCATION.md).  APART: in `commands`, which has all.  HIDDEN: in there, called
 * by other parts, not listed and never suggested.
 */
#define VERBS(CLIENT, APART, HIDDEN)                                                              \
	APART(status, "status", "what is enforced here, and what is not")                         \
	APART(doctor, "doctor", "can this machine enforce, and what to do if not")                \
	APART(policy_check, "policy check",                                                       \
	      "parse, check and compile policy files; run their claims")                          \
	APART(policy_apply, "policy apply", "make policy files the policy in force")              \
	CLIENT(policy_confirm, "policy confirm", "keep the policy that waits to be confirmed")    \
	CLIENT(policy_rollback, "policy rollback",                                                \
	       "take the policy that waits to be confirmed back now")                             \
	APART(policy_show, "policy show", "the policy in force")                                  \
	CLIENT(policy_log, "policy log", "what changed, when, and who did it")                    \
	APART(compile, "compile", "policy files to an image, which can be signed")                \
	APART(policy_sign, "policy sign", "sign an image, as an author or an approver")           \
	APART(policy_verify, "policy verify", "is an image signed by both groups?")               \
	APART(keygen, "keygen", "make a key for signing policies")                                \
	CLIENT(seal, "seal", "until reboot nobody takes enforcement down, root included")         \
	CLIENT(assign, "assign", "give a subject a role")                                         \
	CLIENT(revoke, "revoke", "take a role away from a subject")                               \
	CLIENT(quarantine, "quarantine", "take every right from a subject, at once")              \
	CLIENT(release, "release", "lift a quarantine")                                           \
	APART(can, "can", "would this be allowed, and which line says so")                        \
	APART(events, "events", "denials and changes")                                            \
	APART(explain, "explain", "why was this denied, and what would allow it")                 \
	CLIENT(top, "top", "denials as they happen: of whom, about what")                         \
	APART(journal_verify, "journal verify",                                                   \
	      "is the journal as it was written? what was changed, and where")                    \
	HIDDEN(lookup, "lookup", "addresses of host names; the controller calls it")              \
	CLIENT(help, "help", "this list, or the help of one command")                             \
	CLIENT(version, "version", "the version of this program")

#define VERB_DECLARE(id, name, summary) verb_fn verb_##id;
VERBS(VERB_DECLARE, VERB_DECLARE, VERB_DECLARE)

/**
 * verb_apart() - run a verb in the program that has all of them
 *
 * Return: never; or the exit code after complaining that there is no such program.
 */
verb_fn verb_apart;

#endif
