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

verb_fn verb_status, verb_doctor, verb_policy_check, verb_policy_apply, verb_policy_show,
	verb_policy_log, verb_policy_confirm, verb_policy_rollback, verb_seal,
	verb_assign, verb_revoke, verb_quarantine, verb_release, verb_can, verb_events, verb_explain, verb_top,
	verb_journal_verify, verb_compile,
	verb_keygen, verb_lookup, verb_policy_sign, verb_policy_verify, verb_help, verb_version;

#endif
