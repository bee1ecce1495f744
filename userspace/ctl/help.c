/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick help: the list of commands, or the help of one */
#include <stdio.h>
#include <sysexits.h>

#include "ctl/output.h"
#include "ctl/verb.h"

static int list_verbs(void)
{
	struct buffer out = { 0 };
	size_t i;

	buffer_append_text(&out, "Show and change what people and services may do on this machine.\n\n"
				 "Usage: bailiwick [--socket PATH] COMMAND [ARGUMENT...]\n\n");
	for (i = 0; i < verb_count; i++)
		if (!verbs[i].internal)
			buffer_printf(&out, "  %-14s %s\n", verbs[i].name, verbs[i].summary);
	buffer_append_text(&out, "\n`bailiwick help COMMAND` tells about one of them; "
				 "bailiwick(1) about all.\n");
	return output_finish(&out, 0);
}

int verb_help(const struct invocation *invocation)
{
	char *const *words = (char *const *)invocation->argv + 1;
	size_t n = (size_t)invocation->argc - 1;
	const struct verb *verb;
	const char *nearest;
	char name[64];
	char help[] = "--help";
	char *arguments[] = { name, help, NULL };
	size_t used;

	if (!n || words[0][0] == '-')
		return list_verbs();
	verb = verb_find(words, n, &used);
	if (!verb && used == n)
		return list_verbs();	/* "help policy" */
	if (!verb) {
		nearest = verb_suggest(words, n);
		complain("there is no command '%s%s%s'", words[0], n > 1 ? " " : "",
			 n > 1 ? words[1] : "");
		if (nearest)
			note("did you mean '%s'?", nearest);
		return EX_USAGE;
	}
	if (verb->run == verb_help)
		return list_verbs();
	snprintf(name, sizeof(name), "bailiwick %s", verb->name);
	return verb->run(&(struct invocation){ 2, arguments, invocation->socket });
}
