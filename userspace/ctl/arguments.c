/* SPDX-License-Identifier: Apache-2.0 */
/* What the command lines of the verbs have in common */
#include "ctl/arguments.h"

error_t arguments_parse(struct arguments *arguments, int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'j':
		arguments->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->count >= arguments->most)
			argp_error(state, "'%s' is one word too many", arg);
		/*
		 * The array is the verb's own, and what lies in front of `next` was
		 * parsed: words move together there, options may stand between them.
		 */
		arguments->words = state->argv + 1;
		arguments->words[arguments->count++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (arguments->count < arguments->least)
			argp_error(state, arguments->count ? "a word is missing" :
				   "what shall it be done to?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}
