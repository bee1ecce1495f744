/* SPDX-License-Identifier: Apache-2.0 */
/* The verb table and the search in it */
#include "ctl/verb.h"

#include <stdio.h>
#include <string.h>

#include "base/suggest.h"

const struct verb verbs[] = {
	{ "status", "what is enforced here, and what is not", verb_status, false },
	{ "doctor", "can this machine enforce, and what to do if not", verb_doctor, false },
	{ "policy check", "parse, check and compile policy files; run their claims",
	  verb_policy_check, false },
	{ "policy apply", "make policy files the policy in force", verb_policy_apply, false },
	{ "policy confirm", "keep the policy that waits to be confirmed", verb_policy_confirm, false },
	{ "policy rollback", "take the policy that waits to be confirmed back now",
	  verb_policy_rollback, false },
	{ "policy show", "the policy in force", verb_policy_show, false },
	{ "policy log", "what changed, when, and who did it", verb_policy_log, false },
	{ "compile", "policy files to an image, which can be signed", verb_compile, false },
	{ "policy sign", "sign an image, as an author or an approver", verb_policy_sign, false },
	{ "policy verify", "is an image signed by both groups?", verb_policy_verify, false },
	{ "keygen", "make a key for signing policies", verb_keygen, false },
	{ "seal", "until reboot nobody takes enforcement down, root included", verb_seal, false },
	{ "assign", "give a subject a role", verb_assign, false },
	{ "revoke", "take a role away from a subject", verb_revoke, false },
	{ "quarantine", "take every right from a subject, at once", verb_quarantine, false },
	{ "release", "lift a quarantine", verb_release, false },
	{ "can", "would this be allowed, and which line says so", verb_can, false },
	{ "events", "denials and changes", verb_events, false },
	{ "explain", "why was this denied, and what would allow it", verb_explain, false },
	{ "top", "denials as they happen: of whom, about what", verb_top, false },
	{ "journal verify", "is the journal as it was written? what was changed, and where",
	  verb_journal_verify, false },
	{ "lookup", "addresses of host names; the controller calls it", verb_lookup, true },
	{ "help", "this list, or the help of one command", verb_help, false },
	{ "version", "the version of this program", verb_version, false },
};

const size_t verb_count = sizeof(verbs) / sizeof(verbs[0]);

/* Does the first of two words in a verb's name equal @word? */
static bool first_word_is(const char *name, const char *word)
{
	const char *blank = strchr(name, ' ');
	size_t size = strlen(word);

	return blank && (size_t)(blank - name) == size && !strncmp(name, word, size);
}

const struct verb *verb_find(char *const *words, size_t n, size_t *ret_used)
{
	size_t i;

	*ret_used = 0;
	if (!n)
		return NULL;
	for (i = 0; i < verb_count; i++) {
		const char *blank = strchr(verbs[i].name, ' ');

		if (!blank && !strcmp(verbs[i].name, words[0])) {
			*ret_used = 1;
			return &verbs[i];
		}
		if (!first_word_is(verbs[i].name, words[0]))
			continue;
		*ret_used = 1;
		if (n > 1 && !strcmp(blank + 1, words[1])) {
			*ret_used = 2;
			return &verbs[i];
		}
	}
	return NULL;
}

const char *verb_suggest(char *const *words, size_t n)
{
	char both[SUGGEST_LENGTH_MAX + 1];
	struct suggest one, two;
	size_t i;

	if (!n)
		return NULL;
	snprintf(both, sizeof(both), "%s %s", words[0], n > 1 ? words[1] : "");
	suggest_init(&one, words[0]);
	suggest_init(&two, both);
	for (i = 0; i < verb_count; i++) {
		const char *blank = strchr(verbs[i].name, ' ');

		if (verbs[i].internal)
			continue;
		suggest_offer(blank ? &two : &one, verbs[i].name);
		/* "check" alone, where "policy check" is meant */
		if (blank && !strcmp(blank + 1, words[0]))
			return verbs[i].name;
	}
	if (one.best && (!two.best || one.distance <= two.distance))
		return one.best;
	return two.best;
}
