/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick assign: give a subject a role, for running processes too */
#include <sysexits.h>
#include <time.h>

#include "ctl/arguments.h"
#include "ctl/change.h"
#include "ctl/moment.h"
#include "ctl/output.h"
#include "ctl/report.h"
#include "ctl/verb.h"
#include "ctl/who.h"

struct assign {
	struct arguments common;
	const char *until;
	bool kill;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct assign *assign = state->input;

	switch (key) {
	case 'u':
		assign->until = arg;
		return 0;
	case 'k':
		assign->kill = true;
		return 0;
	default:
		return arguments_parse(&assign->common, key, arg, state);
	}
}

static const struct argp_option options[] = {
	{ "until", 'u', "T", 0, "End it then: 2026-12-31T18:00:00Z, or 90s, 30m, 2h, 7d from now", 0 },
	REPORT_KILL,
	ARGUMENTS_JSON,
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "SUBJECT ROLE",
	.doc = "Give a subject a role, beside those it has. SUBJECT is user:NAME, group:NAME, "
	       "unit:NAME or exe:PATH. Running processes change at their next system call."
	       "\vExit: 0 done, 64 no subject, 65 no such role, 67 no such user, 69 controller "
	       "away, 77 not permitted.",
};

int verb_assign(const struct invocation *invocation)
{
	struct assign assign = { .common = { .least = 2, .most = 2 } };
	struct subject subject;
	int64_t until = 0;
	int code;

	argp_parse(&argp, invocation->argc, invocation->argv, ARGP_IN_ORDER, NULL, &assign);
	code = who_parse(assign.common.words[0], &subject);
	if (!code)
		code = who_require(&subject);
	if (code)
		return code;
	if (assign.until && !moment_parse("--until", assign.until, false, &until))
		return EX_USAGE;
	if (assign.until && until <= (int64_t)time(NULL)) {
		complain("--until: '%s' is over already", assign.until);
		return EX_USAGE;
	}
	return change_request(invocation->socket, &(struct change){
		.give = true,
		.subject = assign.common.words[0],
		.role = assign.common.words[1],
		.until = until,
		.kill = assign.kill,
		.json = assign.common.json,
	});
}
