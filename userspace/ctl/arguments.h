/* SPDX-License-Identifier: Apache-2.0 */
/* What the command lines of the verbs have in common */
#ifndef BAILIWICK_CTL_ARGUMENTS_H
#define BAILIWICK_CTL_ARGUMENTS_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * struct arguments - the plain words of a command line, and --json
 * @least:	words that must be there
 * @most:	words that may be there
 * @words:	@count words, in the invocation's own array
 */
struct arguments {
	size_t least;
	size_t most;
	char **words;
	size_t count;
	bool json;
};

#define ARGUMENTS_JSON { "json", 'j', NULL, 0, "Answer in JSON", 0 }

/** arguments_parse() - for a verb's argp parser, after its own options; the answer to return */
error_t arguments_parse(struct arguments *arguments, int key, char *arg, struct argp_state *state);

#endif
