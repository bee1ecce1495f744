/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick revoke: take a role from a subject, for running processes too */
#include "ctl/arguments.h"
#include "ctl/change.h"
#include "ctl/verb.h"
#include "ctl/who.h"

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	return arguments_parse(state->input, key, arg, state);
}

static const struct argp_option options[] = { ARGUMENTS_JSON, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "SUBJECT [ROLE]",
	.doc = "Take a role from a subject, or all of them, whether a command or a policy file gave "
	       "it. Who loses the last role holds the role `none`. Running processes change at their "
	       "next system call; assign gives the role back.\vExit: 0 done, 1 it does not hold "
	       "that, otherwise as assign.",
};

int verb_revoke(const struct invocation *invocation)
{
	struct arguments arguments = { .least = 1, .most = 2 };
	struct subject subject;
	int code;

	argp_parse(&argp, invocation->argc, invocation->argv, ARGP_IN_ORDER, NULL, &arguments);
	/* A user who is gone from this machine may still hold something. */
	code = who_parse(arguments.words[0], &subject);
	if (code)
		return code;
	return change_request(invocation->socket, &(struct change){
		.subject = arguments.words[0],
		.role = arguments.count > 1 ? arguments.words[1] : NULL,
		.json = arguments.json,
	});
}
