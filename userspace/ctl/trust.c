/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick policy confirm, policy rollback, seal */
#include <string.h>
#include <sysexits.h>

#include "ctl/arguments.h"
#include "ctl/client.h"
#include "ctl/field.h"
#include "ctl/output.h"
#include "ctl/verb.h"

static const struct argp_option options[] = { ARGUMENTS_JSON, { 0 } };

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	return arguments_parse(state->input, key, arg, state);
}

static int ask(const struct invocation *invocation, const struct argp *argp, const char *verb,
	       const char *done)
{
	struct arguments arguments = { .least = 0, .most = 0 };
	_cleanup_(message_freep) struct message *request = request_new(verb);
	_cleanup_(message_freep) struct message *final = NULL;
	struct buffer out = { 0 };
	int code;

	argp_parse(argp, invocation->argc, invocation->argv, ARGP_IN_ORDER, NULL, &arguments);
	if (!request)
		return EX_OSERR;
	code = client_call(invocation->socket, request, CLIENT_PATIENCE_CHANGE, NULL, NULL, &final);
	if (final && arguments.json) {
		buffer_printf(&out, "{\"done\":%s,\"version\":", code ? "false" : "true");
		field_add_json(&out, final, "version");
		buffer_append_text(&out, "}\n");
	} else if (final && !code) {
		buffer_printf(&out, "%s (policy version %lld)\n", done,
			      (long long)field_number(final, "version"));
	}
	return output_finish(&out, code);
}

int verb_policy_confirm(const struct invocation *invocation)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.doc = "Keep the policy that `policy apply --confirm-within` made the one in force.\v"
		       "Exit: 0 it stays, 1 none waits to be confirmed, 69 controller away, 77 not permitted.",
	};

	return ask(invocation, &argp, "confirm", "confirmed");
}

int verb_policy_rollback(const struct invocation *invocation)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.doc = "Take a policy that waits to be confirmed back at once. One that was confirmed is "
		       "only followed by a newer one.\vExit: as policy confirm.",
	};

	return ask(invocation, &argp, "rollback", "the policy before is in force again");
}

int verb_seal(const struct invocation *invocation)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.doc = "Seal the kernel module: until this machine boots again nobody, root included, "
		       "unloads it, takes the programs off their hooks, adds keys, or puts a policy in "
		       "force that the signatures do not allow. It needs keys, and a signed policy in "
		       "force.\vThe way back is to boot with bailiwick.recovery=1.\nExit: 0 sealed, 69 "
		       "controller away or no module, 75 a policy waits to be confirmed, 77 refused.",
	};

	return ask(invocation, &argp, "seal", "sealed until the machine boots again");
}
