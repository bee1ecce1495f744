/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick: options in front, then a verb that goes its own way */
#include <argp.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/cleanup.h"
#include "ctl/output.h"
#include "ctl/verb.h"

const char *argp_program_version = "bailiwick " BAILIWICK_VERSION;

struct front {
	const char *socket;
	int first;		/* index of the verb's first word, 0 while there is none */
};

static error_t parse_front(int key, char *arg, struct argp_state *state)
{
	struct front *front = state->input;

	switch (key) {
	case 'S':
		front->socket = arg;
		return 0;
	case ARGP_KEY_ARG:
		/* The verb parses the rest itself. */
		front->first = state->next - 1;
		state->next = state->argc;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The list of commands behind the options, made from the table */
static char *filter_help(int key, const char *text, void *input)
{
	struct buffer list = { 0 };
	size_t i;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	buffer_append_text(&list, "Commands:\n");
	for (i = 0; i < verb_count; i++)
		if (!verbs[i].internal)
			buffer_printf(&list, "  %-14s %s\n", verbs[i].name, verbs[i].summary);
	buffer_append_text(&list, "\n`bailiwick COMMAND --help` tells about one of them; "
				  "bailiwick(1) about all.");
	return buffer_take(&list, NULL);
}

static const struct argp_option front_options[] = {
	{ "socket", 'S', "PATH", 0, "The controller's socket (" CTL_SOCKET ")", 0 },
	{ 0 },
};

static const struct argp front_argp = {
	.options = front_options,
	.parser = parse_front,
	.args_doc = "COMMAND [ARGUMENT...]",
	.doc = "Show and change what people and services may do on this machine.\v",
	.help_filter = filter_help,
};

/* "policy": which words may follow */
static void complain_of_half(const char *word)
{
	struct buffer list = { 0 };
	size_t size = strlen(word), i;

	for (i = 0; i < verb_count; i++)
		if (!strncmp(verbs[i].name, word, size) && verbs[i].name[size] == ' ')
			buffer_printf(&list, "%s%s", list.size ? ", " : "", verbs[i].name + size + 1);
	complain("'%s' needs one more word: %s", word, list.data ? list.data : "");
	buffer_done(&list);
}

static int unknown_verb(char *const *words, size_t n, size_t used)
{
	const char *nearest = verb_suggest(words, n);

	if (used && n > used)
		complain("'%s %s' is no command", words[0], words[1]);
	else if (used)
		complain_of_half(words[0]);
	else
		complain("'%s' is no command", words[0]);
	if (nearest && !(used && n == used))
		note("did you mean '%s'?", nearest);
	note("`bailiwick help` lists the commands");
	return EX_USAGE;
}

int main(int argc, char **argv)
{
	struct front front = { .socket = CTL_SOCKET };
	_cleanup_free_ char **words = NULL;
	char name[64];
	const struct verb *verb;
	size_t used, n;

	setlocale(LC_CTYPE, "");
	if (argp_parse(&front_argp, argc, argv, ARGP_IN_ORDER, NULL, &front))
		return EX_OSERR;
	if (!front.first) {
		complain("what shall be done? `bailiwick help` lists the commands");
		return EX_USAGE;
	}
	n = (size_t)(argc - front.first);
	verb = verb_find(argv + front.first, n, &used);
	if (!verb && used && n > used && !strcmp(argv[front.first + (int)used], "--help"))
		return verb_help(&(struct invocation){ .argc = 1, .socket = front.socket });
	if (!verb)
		return unknown_verb(argv + front.first, n, used);

	words = calloc(n - used + 2, sizeof(*words));
	if (!words)
		return out_of_memory();
	snprintf(name, sizeof(name), "bailiwick %s", verb->name);
	words[0] = name;
	memcpy(words + 1, argv + front.first + (int)used, (n - used) * sizeof(*words));
	return verb->run(&(struct invocation){
		.argc = (int)(n - used + 1),
		.argv = words,
		.socket = front.socket,
	});
}
