/* SPDX-License-Identifier: Apache-2.0 */
/* Why a denial was one: the lines of the policy, who may, and what would allow it */
#include "ctl/why.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/escape.h"
#include "ctl/barred.h"
#include "ctl/inforce.h"
#include "ctl/output.h"
#include "event/event.h"
#include "event/read.h"
#include "event/sentence.h"
#include "image/explain.h"
#include "image/question.h"

#define X_TEXT(id, text) text,
#define ADVICE_MOST 4

static const char *const rights[] = { BAILIWICK_RIGHTS(X_TEXT) };

/**
 * struct account - all there is to say about one denial
 * @event:	a view into @record
 * @path:	exact bytes of the object's path, owned
 * @same:	the policy in force is the one that denied
 * @asked:	@question says what was denied, and @answer what the policy in force says
 * @row:	of the event's role there; ~0 when that role is gone
 * @barred:	a quarantine decided
 * @controller:	the controller's answer that says who is in quarantine now
 * @quarantine:	there, the one that denied, as far as the event tells; BARRED_NOT for none
 */
struct account {
	struct message *record;
	struct event event;
	const struct image *image;
	char *path;
	bool same;
	bool asked;
	uint32_t row;
	bool barred;
	const struct message *controller;
	int quarantine;
	struct question question;
	struct answer answer;
	struct explanation explanation;
	struct buffer advice[ADVICE_MOST];
	size_t advice_count;
};

/* --- the question behind the event ------------------------------------------------- */

/* "%2f%ff…": the exact bytes where the path is no UTF-8 */
static char *exact_path(const struct message *record)
{
	const char *hex = message_string(record, "object.path_escaped");
	const char *text = message_string(record, "object.path");
	size_t size = hex ? strlen(hex) / 3 : 0;
	char *path = hex ? calloc(1, size + 1) : text ? strdup(text) : NULL;

	for (size_t i = 0; hex && path && i < size; i++) {
		const char digits[] = { hex[3 * i + 1], hex[3 * i + 2], 0 };

		path[i] = (char)strtoul(digits, NULL, 16);
	}
	return path;
}

static uint32_t right_of(const char *operation)
{
	for (uint32_t i = 0; operation && i < BAILIWICK_RIGHT_COUNT; i++)
		if (!strcmp(rights[i], operation))
			return 1u << i;
	return 0;
}

static bool ask_about_file(struct account *a)
{
	const struct event_object *object = &a->event.object;
	struct question *q = &a->question;

	q->kind = QUESTION_FILE;
	q->asked = object->rights ? object->rights : right_of(a->event.operation);
	q->path = a->path;
	q->path_size = a->path ? strlen(a->path) : 0;
	/* an abstract socket's name is none of the filesystem's */
	return a->path && *a->path == '/' && !object->path_cut && q->asked;
}

static bool ask_about_peer(struct account *a)
{
	const struct event_object *object = &a->event.object;
	const char *dash = strchr(a->event.operation, '-'), *wrong;
	bool v6 = strchr(object->address, ':');
	char text[128];

	snprintf(text, sizeof(text), v6 ? "%s [%s]:%u" : "%s %s:%u",
		 object->protocol ? object->protocol : "?", object->address, object->port);
	return dash && question_parse(dash + 1, text, &a->question, &wrong) == 0;
}

static bool ask_about_name(struct account *a)
{
	const char *name = a->event.object.name.data, *what = a->event.object.what, *wrong;

	return name && what && strcmp(what, "role") &&
	       question_parse(what, name, &a->question, &wrong) == 0;
}

/* What one process does to another goes by what their roles hold */
static bool is_about_a_process(const char *operation)
{
	return !strcmp(operation, "ptrace") || !strcmp(operation, "signal") ||
	       !strcmp(operation, "limit");
}

static bool ask(struct account *a)
{
	const char *operation = a->event.operation;

	if (!operation)
		return false;
	/* the way into a role is no right over the program's file */
	if (!strcmp(operation, "transition") || is_about_a_process(operation))
		return false;
	switch (a->event.object.kind) {
	case EVENT_OBJECT_PATH:
		return ask_about_file(a);
	case EVENT_OBJECT_ADDRESS:
		return ask_about_peer(a);
	case EVENT_OBJECT_NAMED:
		return ask_about_name(a);
	default:
		return false;
	}
}

static void explain_rules(struct account *a)
{
	const struct question *q = &a->question;
	uint32_t decisive = a->answer.allowed ? q->asked : a->answer.denied;

	if (q->kind == QUESTION_FILE)
		explain_file(a->image, a->row, q->path, q->path_size, decisive, &a->explanation);
	else if (q->kind == QUESTION_NETWORK)
		explain_network(a->image, a->row, decisive, &q->endpoint, &a->explanation);
}

/* --- what would allow it -------------------------------------------------------------- */

static struct buffer *advise(struct account *a)
{
	static struct buffer spare;

	if (a->advice_count < ADVICE_MOST)
		return &a->advice[a->advice_count++];
	buffer_done(&spare);
	return &spare;
}

/* A YAML string, whatever is in it; signs of patterns lose their meaning */
static void add_quoted(struct buffer *out, const char *path, size_t size)
{
	struct buffer plain = { 0 };

	for (size_t i = 0; i < size; i++) {
		if (strchr("*?[]{},\\", path[i]) && path[i])
			buffer_append_byte(&plain, '\\');
		buffer_append_byte(&plain, path[i]);
	}
	escape_json(out, plain.data ? plain.data : "", plain.size);
	buffer_done(&plain);
}

static void add_rights(struct buffer *out, uint32_t mask)
{
	const char *before = "";

	for (uint32_t i = 0; i < BAILIWICK_RIGHT_COUNT; i++)
		if (mask >> i & 1) {
			buffer_printf(out, "%s%s", before, rights[i]);
			before = ", ";
		}
}

static void advise_file(struct account *a, struct buffer *out)
{
	const struct question *q = &a->question;
	const struct bailiwick_class *class =
		image_class(a->image, explain_path_class(a->image, q->path, q->path_size));

	buffer_append_text(out, "files: [{allow: [");
	add_rights(out, a->answer.denied);
	buffer_append_text(out, "], on: [");
	/* a protected class is named: nobody shall open it by accident */
	if (class && class->protect)
		buffer_append_text(out, image_string(a->image, class->name));
	else
		add_quoted(out, q->path, q->path_size);
	buffer_append_text(out, "]}]");
}

static void advise_network(struct account *a, struct buffer *out)
{
	const struct event_object *object = &a->event.object;
	const char *action = strchr(a->event.operation, '-') + 1;

	/* what a role may connect to it may send to, and receive from; as with bind */
	if (!strcmp(action, "send") || !strcmp(action, "receive"))
		action = "connect";
	else if (!strcmp(action, "listen") || (!strcmp(action, "accept") && !object->comes))
		action = "bind";
	buffer_printf(out, "network: [{%s: {to: [\"%s\"], %s: [%u]}}]", action, object->address,
		      object->protocol, object->port);
}

/* Of "backup+clerk" either may be given it */
static void add_role(struct buffer *out, const char *roles)
{
	buffer_append_text(out, "in role ");
	for (; *roles; roles++) {
		if (*roles == '+')
			buffer_append_text(out, " or ");
		else
			buffer_append_byte(out, *roles);
	}
	buffer_append_text(out, ": ");
}

static void advise_rule(struct account *a)
{
	const char *name = a->event.object.name.data;
	struct buffer *out = advise(a);

	add_role(out, a->event.role);
	switch (a->question.kind) {
	case QUESTION_FILE:
		advise_file(a, out);
		break;
	case QUESTION_NETWORK:
		advise_network(a, out);
		break;
	case QUESTION_CAPABILITY:
		buffer_printf(out, "capabilities: [%s]", name);
		break;
	case QUESTION_PRIVILEGE:
		buffer_printf(out, "privileges: [%s]", name);
		break;
	default:
		buffer_printf(out, "families: [%s]", name);
		break;
	}
}

/* Ways that no right over an object opens */
static void advise_without_question(struct account *a)
{
	const char *operation = a->event.operation ? a->event.operation : "";
	const struct event_bytes *target = &a->event.object.name;

	if (!strcmp(operation, "transition") && a->path && target->size) {
		struct buffer *out = advise(a);

		add_role(out, a->event.role);
		buffer_append_text(out, "exec: {");
		escape_json(out, a->path, strlen(a->path));
		buffer_printf(out, ": %.*s}", (int)target->size, target->data);
	} else if (is_about_a_process(operation)) {
		buffer_printf(advise(a), "a role reaches only processes whose role holds nothing that it "
			      "lacks: give %s what %.*s holds", a->event.role,
			      (int)target->size, target->data ? target->data : "the other");
	}
}

/* The path that was used is one name; another one of the file decided */
static bool advise_of_names(struct account *a)
{
	const char *reason = a->event.reason;

	if (!reason || (strcmp(reason, "other-name") && strcmp(reason, "names-unknown")))
		return false;
	buffer_append_text(advise(a), "allow it at every name of the file (find -samefile shows "
			   "them), or give this name a copy of its own");
	return true;
}

/* A program nobody runs; or who asked, by all the event says of him */
static int find_quarantine(const struct account *a)
{
	const struct event_subject *who = &a->event.subject;
	uint32_t person = who->login_uid != UINT32_MAX ? who->login_uid : who->uid;
	char unit[256];
	int found;

	if (!strcmp(a->event.reason, "quarantine"))
		return a->path ? barred_program(a->controller, a->path, strlen(a->path)) : BARRED_NOT;
	found = barred_user(a->controller, person);
	if (found == BARRED_NOT && who->exe.size)
		found = barred_program(a->controller, who->exe.data, who->exe.size);
	if (found == BARRED_NOT && who->unit.size && who->unit.size < sizeof(unit)) {
		snprintf(unit, sizeof(unit), "%.*s", (int)who->unit.size, who->unit.data);
		found = barred_unit(a->controller, unit);
	}
	return found;
}

static bool is_by_quarantine(const struct account *a)
{
	return a->event.reason && (!strcmp(a->event.reason, "quarantine") ||
				   !strcmp(a->event.reason, "subject-in-quarantine"));
}

/* Who was found in one stays in it, whatever he became: then it is one of all there are */
static void advise_release(struct account *a)
{
	size_t count = message_count(a->controller, "quarantine");
	struct buffer *out = advise(a);

	if (a->quarantine != BARRED_NOT) {
		buffer_printf(out, "`bailiwick release %s`; in quarantine is ",
			      barred_name(a->controller, a->quarantine));
		barred_text(out, a->controller, a->quarantine);
		return;
	}
	if (!count || !strcmp(a->event.reason, "quarantine")) {
		buffer_append_text(out, "nothing more: that quarantine was lifted");
		return;
	}
	buffer_append_text(out, "`bailiwick release` what it was in once, of these in force: ");
	for (size_t i = 0; i < count; i++) {
		buffer_append_text(out, i ? "; " : "");
		barred_text(out, a->controller, (int)i);
	}
}

static void advise_all(struct account *a)
{
	bool none = a->row == BAILIWICK_ROW_NONE || a->row == BAILIWICK_ROW_UNCONFINED;
	size_t i;

	if (advise_of_names(a))
		return;
	if (a->barred) {
		advise_release(a);
		return;
	}
	if (!a->asked) {
		advise_without_question(a);
		return;
	}
	if (a->answer.allowed) {
		if (a->same || a->answer.mode != BAILIWICK_MODE_ENFORCE)
			return;
		buffer_append_text(advise(a), "nothing more: the policy in force allows it");
		return;
	}
	for (i = 0; i < a->explanation.count && i < ADVICE_MOST - 1; i++)
		if (a->explanation.lines[i].deny)
			buffer_printf(advise(a), "take it out of what %s:%u denies: a deny beats every allow",
				      a->explanation.lines[i].file, a->explanation.lines[i].line);
	if (none)
		buffer_append_text(advise(a), "assign it a role that may");
	else if (!a->explanation.count)
		advise_rule(a);
}

/* Roles of the policy in force that may, each alone; calls @add for every one */
static size_t who_may(const struct account *a, void (*add)(struct buffer *, const char *, size_t),
		      struct buffer *out)
{
	struct answer answer;
	uint32_t row, count;
	size_t n = 0;

	image_records(a->image, BAILIWICK_SECTION_ROLE, &count);
	for (uint32_t i = 0; i < count; i++) {
		const char *name = image_string(a->image, image_role(a->image, i)->name);

		row = image_find_row(a->image, name);
		if (row == UINT32_MAX)
			continue;
		question_ask(a->image, row, &a->question, &answer);
		if (answer.allowed)
			add(out, name, n++);
	}
	question_ask(a->image, BAILIWICK_ROW_UNCONFINED, &a->question, &answer);
	if (answer.allowed)
		add(out, "unconfined", n++);
	return n;
}

/* --- putting it together ------------------------------------------------------------------ */

static void account_done(struct account *a)
{
	for (size_t i = 0; i < a->advice_count; i++)
		buffer_done(&a->advice[i]);
	free(a->path);
	message_free(a->record);
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/*
 * A newer policy than the one that is known here is fetched once for each version; who is
 * in quarantine changes without one, and is asked for once a second at most.
 */
static int refresh(struct why *why, uint64_t version, bool barred)
{
	struct message *answer;
	struct image *image;
	int code;

	if (why->image && (why->image->header->version == version || why->asked >= version) &&
	    (!barred || why->answered == now()))
		return 0;
	code = inforce_image(why->socket, &image, &answer);
	if (code)
		return code;
	image_close(why->image);
	message_free(why->answer);
	why->image = image;
	why->answer = answer;
	why->asked = version;
	why->answered = now();
	return 0;
}

/* 1 when the event is no denial */
static int account_for(struct why *why, const struct message *frame, struct account *a)
{
	char *json = message_json(frame, "record");
	int r = json ? message_parse(json, strlen(json), &a->record) : -1;

	free(json);
	if (r < 0)
		return EX_PROTOCOL;
	event_read(a->record, &a->event);
	if (a->event.kind != EVENT_DENIAL)
		return -1;
	a->barred = is_by_quarantine(a);
	r = refresh(why, a->event.policy_version, a->barred);
	if (r)
		return r;
	a->image = why->image;
	a->controller = why->answer;
	a->same = a->image->header->version == a->event.policy_version;
	a->path = exact_path(a->record);
	a->row = a->event.role ? image_find_row(a->image, a->event.role) : UINT32_MAX;
	a->asked = a->row != UINT32_MAX && ask(a);
	if (a->asked) {
		question_ask(a->image, a->row, &a->question, &a->answer);
		explain_rules(a);
	}
	a->quarantine = a->barred ? find_quarantine(a) : BARRED_NOT;
	if (a->barred && a->quarantine != BARRED_NOT)
		a->answer.allowed = false;
	if (a->row != UINT32_MAX || a->barred)
		advise_all(a);
	return 0;
}

static void text_line(struct buffer *out, const struct explain_line *line)
{
	buffer_append_text(out, "    ");
	buffer_add_shown(out, line->file);
	buffer_printf(out, ":%u: %s in role ", line->line, line->deny ? "deny" : "allow");
	buffer_add_shown(out, line->role);
	if (*line->pattern) {
		buffer_append_text(out, ", on ");
		buffer_add_shown(out, line->pattern);
	}
	if (*line->network) {
		buffer_append_text(out, ", network ");
		buffer_add_shown(out, line->network);
	}
	if (*line->message) {
		buffer_append_text(out, ": ");
		buffer_add_shown(out, line->message);
	}
	if (*line->reason) {
		buffer_append_text(out, " (");
		buffer_add_shown(out, line->reason);
		buffer_append_byte(out, ')');
	}
	buffer_append_byte(out, '\n');
}

static void text_rule(const struct account *a, struct buffer *out)
{
	const struct event *event = &a->event;

	buffer_append_text(out, "    rule: ");
	if (event->rule.file) {
		buffer_add_shown(out, event->rule.file);
		buffer_printf(out, ":%" PRIu32, event->rule.line);
	} else {
		buffer_append_text(out, "none");
	}
	if (event->reason && strcmp(event->reason, "policy")) {
		const char *words = event_reason_words(event->reason);

		buffer_append_text(out, ", ");
		buffer_add_shown(out, event->reason);
		if (words)
			buffer_printf(out, " (%s)", words);
	}
	buffer_printf(out, ", policy version %" PRIu64, event->policy_version);
	if (!a->same)
		buffer_printf(out, " (what follows is of version %" PRIu64 ", in force now)",
			      (uint64_t)a->image->header->version);
	buffer_append_byte(out, '\n');
	if (a->row == UINT32_MAX)
		buffer_append_text(out, "    the policy in force has no such role\n");
	for (size_t i = 0; i < a->explanation.count; i++)
		text_line(out, &a->explanation.lines[i]);
}

static void add_name(struct buffer *out, const char *name, size_t n)
{
	buffer_append_text(out, n ? ", " : "");
	buffer_add_shown(out, name);
}

int why_text(struct why *why, const struct message *frame, struct buffer *out)
{
	struct account a = { 0 };
	int r = account_for(why, frame, &a);

	if (r == 0) {
		text_rule(&a, out);
		if (a.asked) {
			buffer_append_text(out, "    may: ");
			if (!who_may(&a, add_name, out))
				buffer_append_text(out, "nobody");
			buffer_append_byte(out, '\n');
		}
		for (size_t i = 0; i < a.advice_count; i++) {
			buffer_append_text(out, i ? "    and: " : "    to allow it: ");
			escape_display(out, a.advice[i].data, a.advice[i].size, NULL);
			buffer_append_byte(out, '\n');
		}
	}
	account_done(&a);
	return r > 0 ? r : 0;
}

static void add_name_json(struct buffer *out, const char *name, size_t n)
{
	buffer_append_text(out, n ? "," : "");
	escape_json(out, name, strlen(name));
}

static void json_lines(const struct account *a, struct buffer *out)
{
	buffer_append_text(out, ",\"lines\":[");
	for (size_t i = 0; i < a->explanation.count; i++) {
		const struct explain_line *line = &a->explanation.lines[i];

		buffer_append_text(out, i ? ",{\"file\":" : "{\"file\":");
		escape_json(out, line->file, strlen(line->file));
		buffer_printf(out, ",\"line\":%u,\"deny\":%s,\"role\":", line->line,
			      line->deny ? "true" : "false");
		escape_json(out, line->role, strlen(line->role));
		buffer_append_byte(out, '}');
	}
	buffer_append_byte(out, ']');
}

/* Of who is in no quarantine any more the event does not say what role he has */
static const char *allowed_now(const struct account *a)
{
	bool released = a->barred && a->quarantine == BARRED_NOT &&
			!strcmp(a->event.reason, "subject-in-quarantine");

	return !a->asked || released ? "null" : a->answer.allowed ? "true" : "false";
}

int why_json(struct why *why, const struct message *frame, struct buffer *out)
{
	struct account a = { 0 };
	int r = account_for(why, frame, &a);

	if (r == 0) {
		buffer_printf(out, "{\"policy_version\":%" PRIu64 ",\"role_known\":%s,\"allowed_now\":%s",
			      (uint64_t)a.image->header->version, a.row != UINT32_MAX ? "true" : "false",
			      allowed_now(&a));
		json_lines(&a, out);
		buffer_append_text(out, ",\"who_may\":");
		buffer_append_text(out, a.asked ? "[" : "null");
		if (a.asked) {
			who_may(&a, add_name_json, out);
			buffer_append_byte(out, ']');
		}
		buffer_append_text(out, ",\"quarantine\":");
		barred_json(out, a.controller, a.quarantine);
		buffer_append_text(out, ",\"to_allow\":[");
		for (size_t i = 0; i < a.advice_count; i++)
			add_name_json(out, a.advice[i].data ? a.advice[i].data : "", i);
		buffer_append_text(out, "]}");
	} else if (r < 0) {
		buffer_append_text(out, "null");
	}
	account_done(&a);
	return r > 0 ? r : 0;
}

void why_done(struct why *why)
{
	why->image = image_close(why->image);
	why->answer = message_free(why->answer);
}
