/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick policy apply: what was checked here goes to the controller, byte for byte */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>

#include "base/writeall.h"
#include "ctl/arguments.h"
#include "ctl/client.h"
#include "ctl/field.h"
#include "ctl/output.h"
#include "ctl/policyset.h"
#include "ctl/report.h"
#include "ctl/verb.h"

struct apply {
	struct arguments common;
	bool kill;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct apply *apply = state->input;

	if (key != 'k')
		return arguments_parse(&apply->common, key, arg, state);
	apply->kill = true;
	return 0;
}

static const struct argp_option options[] = { REPORT_KILL, ARGUMENTS_JSON, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "PATH...",
	.doc = "Make policy files the policy in force. They are checked here first, then the "
	       "controller compiles and switches: whole, or not at all. A directory stands for the "
	       "*.yaml and *.yml in it.\vExit: 0 in force, 65 mistakes (on stderr), 69 controller "
	       "away or unable to enforce, 77 not permitted.",
};

/* The name as it is stored: absolute, but otherwise as the user wrote it */
static char *absolute_name(const char *name)
{
	_cleanup_free_ char *here = NULL;
	char *full;

	if (name[0] == '/' && !strstr(name, ".."))
		return strdup(name);
	if (strstr(name, ".."))
		return realpath(name, NULL);
	while (!strncmp(name, "./", 2))
		name += 2;
	here = getcwd(NULL, 0);
	if (!here || asprintf(&full, "%s/%s", strcmp(here, "/") ? here : "", name) < 0)
		return NULL;
	return full;
}

static int add_source(struct message *request, int contents, const struct source *source)
{
	_cleanup_free_ char *name = absolute_name(source->name);
	int answer;

	if (!name)
		return -errno;
	answer = message_add_string(request, "files", name);
	if (!answer)
		answer = message_add_integer(request, "sizes", (int64_t)source->size);
	if (!answer)
		answer = writeall(contents, source->text, source->size);
	return answer;
}

/* The sources that were checked, not the files again: those may have changed since. */
static int fill_request(struct message *request, const struct policy *policy)
{
	_cleanup_close_ int contents = memfd_create("bailiwick-policy", MFD_CLOEXEC);
	int answer = contents < 0 ? -errno : 0;
	size_t i;

	for (i = 0; !answer && i < policy->source_count; i++)
		answer = add_source(request, contents, policy->sources[i]);
	if (!answer)
		answer = message_add_fd(request, TAKE_FD(contents));
	if (!answer)
		return 0;
	if (answer == -EILSEQ) {
		complain("a file name is not valid UTF-8; it cannot be sent");
		return EX_DATAERR;
	}
	complain("cannot send the policy: %s", strerror(-answer));
	return EX_OSERR;
}

static int send_policy(const struct invocation *invocation, const struct policy *policy,
		       const struct apply *apply, struct buffer *out)
{
	bool json = apply->common.json;
	_cleanup_(report_done) struct report report = { .json = json };
	_cleanup_(message_freep) struct message *request = request_new("apply");
	_cleanup_(message_freep) struct message *final = NULL;
	int code;

	if (!request || (json && message_set_boolean(request, "json", true)) ||
	    (apply->kill && message_set_boolean(request, "kill", true)))
		return EX_OSERR;
	code = fill_request(request, policy);
	if (code)
		return code;
	code = client_call(invocation->socket, request, CLIENT_PATIENCE_CHANGE, report_take,
			   &report, &final);
	if (!final)
		return code;
	field_print_lines(final, "diagnostics");
	if (json) {
		buffer_printf(out, "{\"applied\":%s,\"version\":", code ? "false" : "true");
		field_add_json(out, final, "version");
		buffer_append_text(out, ",\"digest\":");
		field_add_json(out, final, "digest");
		report_show_json(&report, final, out);
		buffer_append_text(out, "}\n");
	} else if (!code) {
		buffer_printf(out, "applied: version %lld, sha256 %.16s…\n",
			      (long long)field_number(final, "version"),
			      message_string(final, "digest") ?: "-");
		report_show(&report, final, out);
	}
	return code;
}

int verb_policy_apply(const struct invocation *invocation)
{
	_cleanup_(policyset_done) struct policyset set = { 0 };
	struct apply apply = { .common = { .least = 1, .most = SIZE_MAX } };
	struct buffer out = { 0 };
	int code;

	argp_parse(&argp, invocation->argc, invocation->argv, ARGP_IN_ORDER, NULL, &apply);
	code = policyset_load(&set, NULL, apply.common.words, apply.common.count);
	if (!code)
		code = policyset_build_local(&set, true);
	/* Warnings come again from the controller, whose word counts. */
	if (code) {
		policyset_report(&set, apply.common.json);
		if (code == EX_DATAERR)
			complain("nothing was applied; the policy in force stays");
		return code;
	}
	code = send_policy(invocation, set.policy, &apply, &out);
	return output_finish(&out, code);
}
