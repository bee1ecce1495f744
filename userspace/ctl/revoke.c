/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick revoke: take a role from a subject, for running processes too */
#include "ctl/arguments.h"
#include "ctl/change.h"
#include "ctl/report.h"
#include "ctl/verb.h"
#include "ctl/who.h"

struct revoke {
	struct arguments common;
	bool kill;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct revoke *revoke = state->input;

	if (key == 'k') {
		revoke->kill = true;
		return 0;
	}
	if (key == ARGP_KEY_END && revoke->kill)
		return 0;		/* without a subject: what is left */
	return arguments_parse(&revoke->common, key, arg, state);
}

static const struct argp_option options[] = { REPORT_KILL, ARGUMENTS_JSON, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "SUBJECT [ROLE]\n--kill",
	.doc = "Take a role from a subject, or all of them, whether a command or a policy file gave "
	       "it. Who loses the last role holds the role `none`. Running processes change at their "
	       "next system call; assign gives the role back. What could not be taken back is listed; "
	       "--kill ends the processes that hold it, and without SUBJECT does nothing else."
	       "\vExit: 0 done, 1 it does not hold "
	       "that, otherwise as assign.",
};

int verb_revoke(const struct invocation *invocation)
{
	struct revoke revoke = { .common = { .least = 1, .most = 2 } };
	struct arguments *words = &revoke.common;
	struct subject subject;
	int code;

	argp_parse(&argp, invocation->argc, invocation->argv, ARGP_IN_ORDER, NULL, &revoke);
	if (!words->count)
		return change_remains(invocation->socket, true, words->json);
	/* A user who is gone from this machine may still hold something. */
	code = who_parse(words->words[0], &subject);
	if (code)
		return code;
	return change_request(invocation->socket, &(struct change){
		.subject = words->words[0],
		.role = words->count > 1 ? words->words[1] : NULL,
		.kill = revoke.kill,
		.json = words->json,
	});
}
