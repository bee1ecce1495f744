/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick policy apply: what was checked here goes to the controller, byte for byte */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

#include <bailiwick/genl.h>
#include <bailiwick/image.h>

#include "base/readfile.h"
#include "base/timestamp.h"
#include "base/writeall.h"
#include "ctl/arguments.h"
#include "ctl/client.h"
#include "ctl/field.h"
#include "ctl/output.h"
#include "ctl/policyset.h"
#include "ctl/report.h"
#include "ctl/signed.h"
#include "ctl/verb.h"

struct apply {
	struct arguments common;
	bool kill;
	int64_t confirm_within;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct apply *apply = state->input;

	switch (key) {
	case 'k':
		apply->kill = true;
		return 0;
	case 'w':
		if (duration_parse(arg, &apply->confirm_within) < 0 || apply->confirm_within < 1 ||
		    apply->confirm_within > BAILIWICK_CONFIRM_MAX)
			argp_error(state, "'%s' is no time between 1s and 8h", arg);
		return 0;
	default:
		return arguments_parse(&apply->common, key, arg, state);
	}
}

static const struct argp_option options[] = {
	{ "confirm-within", 'w', "T", 0,
	  "Go back to the policy before in T (5m, 2h) unless `bailiwick policy confirm` is run", 0 },
	REPORT_KILL, ARGUMENTS_JSON, { 0 }
};

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "PATH...\nIMAGE",
	.doc = "Make policy files the policy in force. They are checked here first, then the "
	       "controller compiles and switches: whole, or not at all. A directory stands for the "
	       "*.yaml and *.yml in it. An IMAGE of `bailiwick compile` goes as it is, with the "
	       "signatures in IMAGE.author.p7s and IMAGE.approver.p7s: where the kernel module has "
	       "keys, only such a policy counts, and one signature is enough for an image that only "
	       "takes roles away.\vExit: 0 in force, 65 mistakes (on stderr), 69 controller "
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

/* --- an image that was signed ------------------------------------------------ */

static bool is_image(const char *path)
{
	char magic[sizeof(BAILIWICK_IMAGE_MAGIC) - 1];
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	return fd >= 0 && read(fd, magic, sizeof(magic)) == (ssize_t)sizeof(magic) &&
	       memcmp(magic, BAILIWICK_IMAGE_MAGIC, sizeof(magic)) == 0;
}

/* @policy, or where it is NULL the signed image @path */
static int send_policy(const struct invocation *invocation, const struct policy *policy,
		       const char *path, const struct apply *apply, struct buffer *out)
{
	bool json = apply->common.json;
	_cleanup_(report_done) struct report report = { .json = json };
	_cleanup_(message_freep) struct message *request = request_new("apply");
	_cleanup_(message_freep) struct message *final = NULL;
	int code;

	if (!request || (json && message_set_boolean(request, "json", true)) ||
	    (apply->kill && message_set_boolean(request, "kill", true)) ||
	    (apply->confirm_within &&
	     message_set_integer(request, "confirm_within", apply->confirm_within)))
		return EX_OSERR;
	code = policy ? fill_request(request, policy) : signed_fill(request, path);
	if (code)
		return code;
	code = client_call(invocation->socket, request, CLIENT_PATIENCE_CHANGE, NULL, NULL,
			   &final);
	if (!final)
		return code;
	if (report_read(&report, final))
		return EX_OSERR;
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
		if (apply->confirm_within)
			buffer_printf(out, "it goes again in %lld s, unless you run: bailiwick policy "
				      "confirm\n", (long long)apply->confirm_within);
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
	if (apply.common.count == 1 && is_image(apply.common.words[0])) {
		code = send_policy(invocation, NULL, apply.common.words[0], &apply, &out);
		return output_finish(&out, code);
	}
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
	code = send_policy(invocation, set.policy, NULL, &apply, &out);
	return output_finish(&out, code);
}
