/* SPDX-License-Identifier: Apache-2.0 */
/* bailiwick can: would this be allowed, and which line says so */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sysexits.h>

#include "base/suggest.h"
#include "ctl/answer.h"
#include "ctl/arguments.h"
#include "ctl/barred.h"
#include "ctl/inforce.h"
#include "ctl/output.h"
#include "ctl/policyset.h"
#include "ctl/resolve.h"
#include "ctl/verb.h"
#include "ctl/who.h"
#include "image/host.h"

/* Policy files one question may name */
#define POLICY_PATHS_MAX 64

struct can {
	struct arguments common;
	char *paths[POLICY_PATHS_MAX];
	size_t path_count;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct can *can = state->input;

	if (key != 'p')
		return arguments_parse(&can->common, key, arg, state);
	if (can->path_count == POLICY_PATHS_MAX)
		argp_error(state, "more than %d --policy", POLICY_PATHS_MAX);
	can->paths[can->path_count++] = arg;
	return 0;
}

static const struct argp_option options[] = {
	{ "policy", 'p', "PATH", 0,
	  "Ask these files (again for more) instead of the policy in force", 0 },
	ARGUMENTS_JSON,
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "SUBJECT ACTION OBJECT...",
	.doc = "Would this be allowed, and which line of the policy says so? SUBJECT is user:NAME, "
	       "group:NAME, unit:NAME, exe:PATH or role:NAME. ACTION and OBJECT are a file right "
	       "and an absolute path; connect or bind and `tcp ADDRESS:PORT` or `tcp HOST:PORT` (udp, sctp); "
	       "capability, privilege or family and its name.\vFor the policy in force, the path "
	       "is first made canonical as this machine sees it.\n\nExit: 0 yes, 1 no, 64 no "
	       "question, 65 bad policy or unknown role, 67 unknown user, 69 controller away.",
};

/*
 * The path without symbolic links. Rights that speak of the name itself leave
 * its last component alone; of a path that does not exist yet, the part that
 * does is resolved. Return: an allocation, or NULL (then the path stands as typed).
 */
static char *canonical(const char *path, uint32_t rights)
{
	const uint32_t of_the_name = BAILIWICK_RIGHT_CREATE | BAILIWICK_RIGHT_DELETE |
				     BAILIWICK_RIGHT_RENAME | BAILIWICK_RIGHT_LINK;
	_cleanup_free_ char *front = strdup(path), *resolved = NULL;
	char *slash, *full;

	if (!front)
		return NULL;
	if (!(rights & of_the_name)) {
		resolved = realpath(path, NULL);
		if (resolved || errno != ENOENT)
			return TAKE_PTR(resolved);
	}
	while ((slash = strrchr(front, '/')) && slash != front) {
		*slash = '\0';
		resolved = realpath(front, NULL);
		if (!resolved && errno == ENOENT)
			continue;
		if (!resolved || asprintf(&full, "%s%s", strcmp(resolved, "/") ? resolved : "",
					  path + (slash - front)) < 0)
			return NULL;
		return full;
	}
	return NULL;
}

static int user_of(const char *name, uint32_t *ret_uid)
{
	return resolve_user(name, ret_uid) == RESOLVE_FINE ? 0 : 1;
}

static int unknown_role(const struct image *image, const char *name, const char *why)
{
	struct suggest suggest;
	uint32_t i, count;

	complain("%s: %s", name, why);
	image_records(image, BAILIWICK_SECTION_ROLE, &count);
	suggest_init(&suggest, name);
	for (i = 0; i < count; i++)
		suggest_offer(&suggest, image_string(image, image_role(image, i)->name));
	if (suggest.best)
		note("did you mean 'role:%s'?", suggest.best);
	return EX_DATAERR;
}

/* Before all else that gives a row, as in the kernel */
static void enter_quarantine(struct case_asked *asked, const struct subject *subject,
			     uint32_t *row)
{
	const struct question *q = &asked->question;

	asked->else_row = *row;
	if (subject)
		asked->quarantine = barred_subject(asked->controller, subject);
	if (asked->quarantine != BARRED_NOT)
		*row = BAILIWICK_ROW_NONE;
	else if (q->kind == QUESTION_FILE && q->asked & BAILIWICK_RIGHT_EXEC)
		asked->program = barred_program(asked->controller, q->path, q->path_size);
}

static int find_row(struct case_asked *asked, uint32_t *ret_row)
{
	struct subject subject;
	const char *why = "not known";
	bool role = !strncmp(asked->subject, "role:", 5);
	int code = role ? 0 : who_parse(asked->subject, &subject);

	if (code)
		return code;
	if (!question_subject(asked->image, asked->subject, user_of, ret_row, &asked->source, &why)) {
		enter_quarantine(asked, role ? NULL : &subject, ret_row);
		return 0;
	}
	if (role)
		return unknown_role(asked->image, asked->subject + 5, why);
	code = who_require(&subject);
	if (!code) {
		complain("%s: %s", asked->subject, why);
		code = EX_NOUSER;
	}
	return code;
}

/* In force a name is its addresses; in files it is what the rules say of it */
static int ask_host(struct case_asked *asked, uint32_t row, bool in_force)
{
	struct question *q = &asked->question;
	struct answer *answer = &asked->answer;
	uint32_t uses = 0;

	if (host_ask(asked->image, row, q->host, q, answer, &asked->address)) {
		complain("%s: no network of this policy has that host name", q->host);
		note(host_next(asked->image, &uses) ? "ask about an address, or a name the policy "
		     "has" : "the policy has no host names; ask about an address");
		return EX_DATAERR;
	}
	memcpy(q->endpoint.address, asked->address.bytes, sizeof(q->endpoint.address));
	q->endpoint.ipv6 = asked->address.family == 6;
	if (asked->address.family || !in_force || row == BAILIWICK_ROW_UNCONFINED)
		explain_host(asked->image, row, q->asked, q->host, &q->endpoint,
			     &asked->explanation);
	else if (answer->allowed) {
		answer->allowed = false;
		answer->denied = q->asked;
		answer->reason = BAILIWICK_REASON_POLICY;
	}
	if (asked->address.family && (!asked->explanation.count || !answer->allowed))
		explain_network(asked->image, row, answer->allowed ? q->asked : answer->denied,
				&q->endpoint, &asked->explanation);
	return 0;
}

/* No role opens it, and watching one lets nothing pass: ebpf/barred.bpf.c */
static void bar(struct answer *answer)
{
	answer->allowed = false;
	answer->denied = BAILIWICK_RIGHT_EXEC;
	answer->reason = BAILIWICK_REASON_QUARANTINE;
	answer->severity = BAILIWICK_SEVERITY_SERIOUS;
	answer->mode = BAILIWICK_MODE_ENFORCE;
}

static void ask(struct case_asked *asked, uint32_t row)
{
	const struct question *question = &asked->question;
	struct answer *answer = &asked->answer;
	uint32_t decisive;

	question_ask(asked->image, row, question, answer);
	if (asked->program != BARRED_NOT) {
		bar(answer);
		return;
	}
	decisive = answer->allowed ? question->asked : answer->denied;
	if (question->kind == QUESTION_FILE) {
		explain_file(asked->image, row, question->path, question->path_size, decisive,
			     &asked->explanation);
		asked->class_index = explain_path_class(asked->image, question->path,
							question->path_size);
	} else if (question->kind == QUESTION_NETWORK) {
		explain_network(asked->image, row, decisive, &question->endpoint,
				&asked->explanation);
	}
}

/* The image of --policy, or the one in force */
static int get_image(const struct can *can, const char *socket, struct image **ret,
		     struct message **ret_answer)
{
	_cleanup_(policyset_done) struct policyset set = { 0 };
	const char *why = NULL;
	int code;

	if (!can->path_count)
		return inforce_image(socket, ret, ret_answer);
	code = policyset_load(&set, NULL, can->paths, can->path_count);
	if (!code)
		code = policyset_build_local(&set, false);
	policyset_report(&set, can->common.json);
	if (code)
		return code;
	if (image_open_bytes(set.image.data, set.image.size, ret, &why)) {
		complain("the compiled image is wrong: %s", why ? why : "out of memory");
		return EX_SOFTWARE;
	}
	return 0;
}

/* "connect tcp 10.0.0.1:22" comes as one word or as two */
static char *join_object(char *const *words, size_t n)
{
	struct buffer object = { 0 };
	size_t i;

	for (i = 0; i < n; i++) {
		if (i)
			buffer_append_byte(&object, ' ');
		buffer_append_text(&object, words[i]);
	}
	return buffer_take(&object, NULL);
}

int verb_can(const struct invocation *invocation)
{
	_cleanup_(image_closep) struct image *image = NULL;
	_cleanup_(message_freep) struct message *answer = NULL;
	_cleanup_free_ char *object = NULL, *path = NULL;
	struct can can = { .common = { .least = 3, .most = 4 } };
	struct case_asked asked = { .quarantine = BARRED_NOT, .program = BARRED_NOT };
	struct buffer out = { 0 };
	const char *why = NULL;
	uint32_t row;
	int code;

	argp_parse(&argp, invocation->argc, invocation->argv, ARGP_IN_ORDER, NULL, &can);
	asked.subject = can.common.words[0];
	asked.action = can.common.words[1];
	object = join_object(can.common.words + 2, can.common.count - 2);
	if (!object)
		return out_of_memory();
	asked.object = object;
	if (question_parse(asked.action, object, &asked.question, &why)) {
		complain("'%s %s': %s", asked.action, object, why ? why : "no question");
		return EX_USAGE;
	}
	code = get_image(&can, invocation->socket, &image, &answer);
	if (code)
		return code;
	asked.image = image;
	asked.controller = answer;
	if (asked.question.kind == QUESTION_FILE && !can.path_count)
		path = canonical(asked.question.path, asked.question.asked);
	if (path) {
		asked.question.path = path;
		asked.question.path_size = strlen(path);
	}
	code = find_row(&asked, &row);
	if (code)
		return code;
	if (*asked.question.host)
		code = ask_host(&asked, row, !can.path_count);
	else
		ask(&asked, row);
	if (code)
		return code;
	if (asked.quarantine != BARRED_NOT && !asked.answer.allowed)
		asked.answer.reason = BAILIWICK_REASON_IN_QUARANTINE;
	if (can.common.json)
		answer_json(&out, &asked);
	else
		answer_text(&out, &asked);
	return output_finish(&out, asked.answer.allowed ? 0 : 1);
}
