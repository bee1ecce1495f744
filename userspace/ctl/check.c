/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick policy check: parse, check, compile, run the claims; needs nobody's leave */
#include <sysexits.h>

#include "ctl/arguments.h"
#include "ctl/output.h"
#include "ctl/policyset.h"
#include "ctl/verb.h"

struct check {
	struct arguments common;
	bool strict_users;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct check *check = state->input;

	if (key != 'u')
		return arguments_parse(&check->common, key, arg, state);
	check->strict_users = true;
	return 0;
}

static const struct argp_option options[] = {
	ARGUMENTS_JSON,
	{ "strict-users", 'u', NULL, 0, "Unknown users and groups are mistakes, not warnings", 0 },
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "PATH...",
	.doc = "Parse, check and compile policy files, and run their claims. A directory stands "
	       "for the *.yaml and *.yml in it. Nothing is changed and nothing is asked of the "
	       "controller.\vExit: 0 good, 65 mistakes (on stderr; with --json "
	       "as JSON lines).",
};

static void summarise_json(const struct policyset *set, int code, struct buffer *out)
{
	buffer_printf(out, "{\"ok\":%s,\"errors\":%zu,\"warnings\":%zu", code ? "false" : "true",
		      diag_errors(set->diag), diag_warnings(set->diag));
	if (!code)
		buffer_printf(out, ",\"files\":%zu,\"roles\":%zu,\"rules\":%zu,\"rows\":%u,"
			      "\"labels\":%u,\"states\":%u,\"size\":%u",
			      set->policy->source_count, set->policy->role_count,
			      policyset_rules(set), set->cost.rows, set->cost.labels,
			      set->cost.states, set->image.size);
	buffer_append_text(out, "}\n");
}

static void summarise(const struct policyset *set, struct buffer *out)
{
	buffer_append_text(out, "good: ");
	buffer_add_count(out, set->policy->role_count, "role");
	buffer_append_text(out, ", ");
	buffer_add_count(out, policyset_rules(set), "rule");
	buffer_append_text(out, "; ");
	buffer_add_count(out, set->cost.rows, "row");
	buffer_append_text(out, ", ");
	buffer_add_count(out, set->cost.labels, "label");
	buffer_append_text(out, ", ");
	buffer_add_count(out, set->cost.states, "state");
	buffer_append_text(out, ", ");
	buffer_add_size(out, set->image.size);
	if (diag_warnings(set->diag)) {
		buffer_append_text(out, "; ");
		buffer_add_count(out, diag_warnings(set->diag), "warning");
	}
	buffer_append_byte(out, '\n');
}

int verb_policy_check(const struct invocation *invocation)
{
	_cleanup_(policyset_done) struct policyset set = { 0 };
	struct check check = { .common = { .least = 1, .most = SIZE_MAX } };
	struct buffer out = { 0 };
	int code;

	argp_parse(&argp, invocation->argc, invocation->argv, ARGP_IN_ORDER, NULL, &check);
	code = policyset_load(&set, NULL, check.common.words, check.common.count);
	if (!code)
		code = policyset_build_local(&set, check.strict_users);
	policyset_report(&set, check.common.json);
	if (code && code != EX_DATAERR)
		return code;
	if (check.common.json)
		summarise_json(&set, code, &out);
	else if (!code)
		summarise(&set, &out);
	return output_finish(&out, code);
}
