/* SPDX-License-Identifier: Apache-2.0 */
/* The search in the verb table */
#include "ctl/verb.h"

#include <stdio.h>
#include <string.h>

#include "base/suggest.h"

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
