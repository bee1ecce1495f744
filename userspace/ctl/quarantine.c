/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick quarantine, release: no rights for a subject, by one; the end of it, by two */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include <bailiwick/genl.h>

#include "base/cleanup.h"
#include "base/readfile.h"
#include "base/writeall.h"
#include "ctl/arguments.h"
#include "ctl/client.h"
#include "ctl/field.h"
#include "ctl/output.h"
#include "ctl/report.h"
#include "ctl/resolve.h"
#include "ctl/signed.h"
#include "ctl/verb.h"
#include "ctl/who.h"

struct quarantine {
	struct arguments common;
	const char *write;
	const char *signed_file;
	bool kill;
	bool lift;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct quarantine *q = state->input;

	switch (key) {
	case 'k':
		q->kill = true;
		return 0;
	case 'w':
		q->write = arg;
		return 0;
	case 's':
		q->signed_file = arg;
		return 0;
	case ARGP_KEY_END:
		if (q->write && q->signed_file)
			argp_error(state, "--write and --signed exclude each other");
		return arguments_parse(&q->common, key, arg, state);
	default:
		return arguments_parse(&q->common, key, arg, state);
	}
}

/* --- whom ------------------------------------------------------------------------ */

/* The one file that is run, not a link to it; 0 or the exit code after complaining */
static int find_program(const char *path, bool must_exist, char **ret)
{
	char real[PATH_MAX];
	struct stat st;

	if (strpbrk(path, "*?[]{}\\")) {
		complain("'%s' is a pattern: quarantine is for one program at a time", path);
		return EX_USAGE;
	}
	if (!realpath(path, real) || stat(real, &st) < 0) {
		if (must_exist) {
			complain("%s: %s", path, strerror(errno));
			return EX_NOINPUT;
		}
		snprintf(real, sizeof(real), "%s", path);
	} else if (must_exist && !S_ISREG(st.st_mode)) {
		complain("%s: is no regular file", path);
		return EX_NOINPUT;
	}
	return asprintf(ret, "exe:%s", real) < 0 ? out_of_memory() : 0;
}

static int check_process(const char *text)
{
	const char *number = text + strlen("pid:");

	if (*number >= '1' && *number <= '9' && strspn(number, "0123456789") == strlen(number) &&
	    strlen(number) <= 10)
		return 0;
	complain("'%s': pid: wants the number of a process", text);
	return EX_USAGE;
}

/* 0 with the subject in its one form, or the exit code after complaining */
static int read_subject(const char *text, bool must_exist, char **ret, int64_t *ret_uid)
{
	struct subject subject;
	uint32_t uid;
	int code;

	*ret_uid = -1;
	if (!strncmp(text, "pid:", 4)) {
		*ret = strdup(text);
		return *ret ? check_process(text) : out_of_memory();
	}
	code = who_parse(text, &subject);
	if (code)
		return code;
	if (subject.kind == SUBJECT_GROUP) {
		complain("a group cannot be in quarantine: its members can, one by one");
		return EX_USAGE;
	}
	if (subject.kind == SUBJECT_EXE)
		return find_program(subject.name, must_exist, ret);
	code = must_exist ? who_require(&subject) : 0;
	if (code)
		return code;
	if (subject.kind == SUBJECT_USER && subject.numeric)
		*ret_uid = subject.id;
	else if (subject.kind == SUBJECT_USER && resolve_user(subject.name, &uid) == RESOLVE_FINE)
		*ret_uid = uid;
	*ret = strdup(text);
	return *ret ? 0 : out_of_memory();
}

static int fill(struct message *request, const char *subject, int64_t uid, bool kill)
{
	int r = message_set_string(request, "subject", subject);

	if (!r && uid >= 0)
		r = message_set_integer(request, "uid", uid);
	if (!r && kill)
		r = message_set_boolean(request, "kill", true);
	if (!r)
		return 0;
	complain("that cannot be sent: it is not valid UTF-8");
	return EX_USAGE;
}

/* --- asking ------------------------------------------------------------------------- */

static int show(const struct message *final, const struct report *report, const char *subject,
		bool lift, int code, struct buffer *out)
{
	if (report->json) {
		buffer_printf(out, "{\"done\":%s,\"version\":", code ? "false" : "true");
		field_add_json(out, final, "version");
		report_show_json(report, final, out);
		buffer_append_text(out, "}\n");
		return code;
	}
	if (code)
		return code;
	buffer_add_shown(out, subject);
	buffer_append_text(out, lift ? " has again what the policy says\n" :
			   " has no rights until `bailiwick release`\n");
	if (message_string(final, "message") && *message_string(final, "message")) {
		field_add_text(out, final, "message");
		buffer_append_byte(out, '\n');
	}
	report_show(report, final, out);
	return code;
}

static int ask(const struct invocation *invocation, const struct quarantine *q,
	       const char *subject, int64_t uid)
{
	_cleanup_(message_freep) struct message *request = request_new(q->lift ? "release" : "quarantine");
	_cleanup_(message_freep) struct message *final = NULL;
	_cleanup_(report_done) struct report report = { .json = q->common.json };
	struct buffer out = { 0 };
	int code = request ? fill(request, subject, uid, q->kill) : EX_OSERR;

	if (!code && q->signed_file)
		code = signed_fill(request, q->signed_file);
	if (code)
		return code;
	code = client_call(invocation->socket, request, CLIENT_PATIENCE_CHANGE, NULL, NULL, &final);
	if (final && report_read(&report, final))
		return EX_OSERR;
	if (final)
		code = show(final, &report, subject, q->lift, code, &out);
	if (final && code == EX_NOPERM && q->lift && !q->signed_file)
		note("`bailiwick release %s --write FILE` writes what an author and an approver sign "
		     "with `bailiwick policy sign`; then release it with --signed FILE", subject);
	return output_finish(&out, code);
}

/* What is to be signed, into a file */
static int write_lift(const struct invocation *invocation, const struct quarantine *q,
		      const char *subject, int64_t uid)
{
	_cleanup_(message_freep) struct message *request = request_new("lift");
	_cleanup_(message_freep) struct message *final = NULL;
	_cleanup_close_ int from = -1, to = -1;
	char bytes[BAILIWICK_LIFT_MAX];
	ssize_t n = -1;
	int code = request ? fill(request, subject, uid, false) : EX_OSERR;

	if (!code)
		code = client_call(invocation->socket, request, CLIENT_PATIENCE, NULL, NULL, &final);
	if (code)
		return code;
	from = message_take_fd(final, 0);
	if (from >= 0)
		n = pread(from, bytes, sizeof(bytes), 0);
	if (n <= 0) {
		complain("the controller's answer cannot be read");
		return EX_PROTOCOL;
	}
	to = open(q->write, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (to < 0 || writeall(to, bytes, (size_t)n) < 0) {
		complain("%s: %s", q->write, strerror(errno));
		return EX_CANTCREAT;
	}
	printf("%s\n", q->write);
	return 0;
}

static int run(const struct invocation *invocation, const struct argp *argp, bool lift)
{
	struct quarantine q = { .common = { .least = 1, .most = 1 }, .lift = lift };
	_cleanup_free_ char *subject = NULL;
	int64_t uid;
	int code;

	argp_parse(argp, invocation->argc, invocation->argv, ARGP_IN_ORDER, NULL, &q);
	code = read_subject(q.common.words[0], !lift, &subject, &uid);
	if (code)
		return code;
	return q.write ? write_lift(invocation, &q, subject, uid) : ask(invocation, &q, subject, uid);
}

int verb_quarantine(const struct invocation *invocation)
{
	static const struct argp_option options[] = { REPORT_KILL, ARGUMENTS_JSON, { 0 } };
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.args_doc = "SUBJECT",
		.doc = "Take every right from a subject, at once and whatever the policy says: user:NAME, "
		       "unit:NAME, exe:PATH, or pid:NUMBER with all processes below it. Running "
		       "processes stay in quarantine, and so do their children, whatever they become. "
		       "No signature is needed; it outlives the controller, and, but for pid:, a boot."
		       "\vExit: 0 it is in quarantine, 64 no such kind of subject, 66 no such program or "
		       "process, 67 no such user, 69 controller away, 77 not permitted: not init, the "
		       "controller, and not who asks.",
	};

	return run(invocation, &argp, false);
}

int verb_release(const struct invocation *invocation)
{
	static const struct argp_option options[] = {
		{ "write", 'w', "FILE", 0, "Write what an author and an approver have to sign", 0 },
		{ "signed", 's', "FILE", 0, "With their signatures, FILE.author.p7s and FILE.approver.p7s", 0 },
		ARGUMENTS_JSON,
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.args_doc = "SUBJECT",
		.doc = "Lift a quarantine. Where policies have to be signed, an author and an approver sign "
		       "for it, too: --write, `bailiwick policy sign` by both, --signed.\v"
		       "Exit: 0 done, 1 it is not in quarantine, 65 the file lifts another one, 69 "
		       "controller away, 77 not permitted: it is not signed.",
	};

	return run(invocation, &argp, true);
}
