/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick compile: the controller's compiler, run without rights over stored sources */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <time.h>

#include "base/readfile.h"
#include "base/writeall.h"
#include "ctl/arguments.h"
#include "ctl/assignments.h"
#include "ctl/hosts.h"
#include "ctl/output.h"
#include "ctl/policyset.h"
#include "ctl/verb.h"

#define ASSIGNMENTS_FILE_MAX (256u << 20)
#define HOSTS_FILE_MAX (16u << 20)

enum {
	KEY_STAGE = 256,
	KEY_VERSION,
	KEY_ASSIGNMENTS,
	KEY_STRICT,
	KEY_HOSTS,
	KEY_STRICT_HOSTS,
	KEY_OUTPUT,
};

struct compile {
	struct arguments common;
	const char *stage;
	const char *assignments;
	const char *output;
	const char *hosts;
	uint64_t version;
	bool strict_users;
	bool strict_hosts;
};

static void parse_version(struct compile *compile, const char *text, struct argp_state *state)
{
	char *end;

	errno = 0;
	compile->version = strtoull(text, &end, 10);
	if (errno || *end || *text < '1' || *text > '9')
		argp_error(state, "'%s' is no policy version", text);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct compile *compile = state->input;

	switch (key) {
	case KEY_STAGE:
		compile->stage = arg;
		return 0;
	case KEY_VERSION:
		parse_version(compile, arg, state);
		return 0;
	case KEY_ASSIGNMENTS:
		compile->assignments = arg;
		return 0;
	case KEY_STRICT:
		compile->strict_users = true;
		return 0;
	case KEY_HOSTS:
		compile->hosts = arg;
		return 0;
	case KEY_STRICT_HOSTS:
		compile->strict_hosts = true;
		return 0;
	case KEY_OUTPUT:
		compile->output = arg;
		return 0;
	case ARGP_KEY_END:
		if (!compile->output || !compile->version)
			argp_error(state, "--output and --policy-version must be given");
		return arguments_parse(&compile->common, key, arg, state);
	default:
		return arguments_parse(&compile->common, key, arg, state);
	}
}

static const struct argp_option options[] = {
	{ "stage", KEY_STAGE, "DIR", 0, "Read each FILE below DIR; messages and image name FILE", 0 },
	{ "policy-version", KEY_VERSION, "N", 0, "Version the image carries", 0 },
	{ "assignments", KEY_ASSIGNMENTS, "FILE", 0, "Further assignments, as JSON lines", 0 },
	{ "strict-users", KEY_STRICT, NULL, 0, "Unknown users and groups are mistakes", 0 },
	{ "hosts", KEY_HOSTS, "FILE", 0, "What host names stand for, as JSON lines", 0 },
	{ "strict-hosts", KEY_STRICT_HOSTS, NULL, 0, "Host names without addresses are mistakes", 0 },
	{ "output", KEY_OUTPUT, "PATH", 0, "Where the image is written", 0 },
	ARGUMENTS_JSON,
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "[FILE...]",
	.doc = "Compile policy files, given by absolute paths, to an image that can be signed. The "
	       "controller calls this, too; without a FILE the image is that of a machine without "
	       "a policy.\vExit: 0 written, 65 mistakes (on "
	       "stderr; with --json as JSON lines).",
};

static int read_assignments(const char *path, struct assignments *ret)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int answer = readfile(path, ASSIGNMENTS_FILE_MAX, &text, &size);

	if (answer) {
		complain("cannot read the assignments %s: %s", path,
			 answer < 0 ? strerror(-answer) : "no regular file of a decent size");
		return EX_NOINPUT;
	}
	answer = assignments_parse(text, size, ret);
	if (answer > 0) {
		complain("%s: line %d is no assignment", path, answer);
		return EX_DATAERR;
	}
	return answer ? out_of_memory() : 0;
}

static int read_hosts(const char *path, struct hosts *ret)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int answer = readfile(path, HOSTS_FILE_MAX, &text, &size);

	if (answer) {
		complain("cannot read the host names %s: %s", path,
			 answer < 0 ? strerror(-answer) : "no regular file of a decent size");
		return EX_NOINPUT;
	}
	answer = hosts_parse(text, size, ret);
	if (answer > 0) {
		complain("%s: line %d says nothing of a host name, or of one that came before", path,
			 answer);
		return EX_DATAERR;
	}
	return answer ? out_of_memory() : 0;
}

static int write_image(const struct image_bytes *image, const char *path)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int answer = fd < 0 ? -errno : writeall(fd, image->data, image->size);

	if (!answer)
		return 0;
	complain("cannot write the image to %s: %s", path, strerror(-answer));
	return EX_CANTCREAT;
}

static int build(struct policyset *set, const struct compile *compile,
		 const struct assignments *assignments, const struct hosts *hosts)
{
	struct compile_options wanted = {
		.version = compile->version,
		.created = (uint64_t)time(NULL),
		.extra = assignments->given,
		.extra_count = assignments->given_count,
		.revoked = assignments->held,
		.revoked_count = assignments->held_count,
		.dropped = assignments->dropped,
		.dropped_count = assignments->dropped_count,
		.answers = hosts->answers,
		.answer_count = hosts->count,
		.hosts = compile->strict_hosts ? COMPILE_HOSTS_NEEDED :
			 compile->hosts ? COMPILE_HOSTS_KEPT : COMPILE_HOSTS_UNASKED,
		.strict_users = compile->strict_users,
	};
	int code;

	if (compile->common.count)
		code = policyset_load(set, compile->stage, compile->common.words,
				      compile->common.count);
	else
		code = policyset_load_nothing(set);
	if (!code)
		code = policyset_build(set, &wanted);
	policyset_report(set, compile->common.json);
	return code;
}

int verb_compile(const struct invocation *invocation)
{
	_cleanup_(assignments_done) struct assignments assignments = { 0 };
	_cleanup_(hosts_done) struct hosts hosts = { 0 };
	_cleanup_(policyset_done) struct policyset set = { 0 };
	struct compile compile = { .common = { .most = SIZE_MAX } };
	int code = 0;

	/* Sources come from whoever may apply a policy: nothing here may gain rights. */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	argp_parse(&argp, invocation->argc, invocation->argv, ARGP_IN_ORDER, NULL, &compile);
	if (compile.assignments)
		code = read_assignments(compile.assignments, &assignments);
	if (!code && compile.hosts)
		code = read_hosts(compile.hosts, &hosts);
	if (!code)
		code = build(&set, &compile, &assignments, &hosts);
	if (!code)
		code = write_image(&set.image, compile.output);
	return code;
}
