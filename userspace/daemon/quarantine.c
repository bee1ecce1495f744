// SPDX-License-Identifier: Apache-2.0
/* Subjects that have no rights: into the kernel, out of it, and back after a boot */
#include "daemon/quarantine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <time.h>

#include "base/escape.h"
#include "base/hash64.h"
#include "base/readfile.h"
#include "base/timestamp.h"
#include "daemon/inforce.h"
#include "daemon/news.h"
#include "daemon/recheck.h"
#include "load/quarantine.h"
#include "state/quarantine.h"

#define PROC_FILE_MAX 65536
#define ANCESTORS_MAX 256
#define INIT_PID 1u
#define KTHREADD_PID 2u

/* --- processes ------------------------------------------------------------------- */

struct process {
	uint32_t parent;
	uint64_t begun;		/* ticks since boot */
};

static char *read_process(const char *proc, uint32_t pid, const char *what)
{
	char path[128], *text = NULL;
	size_t size;

	snprintf(path, sizeof(path), "%s/%" PRIu32 "/%s", proc, pid, what);
	return readfile(path, PROC_FILE_MAX, &text, &size) == READFILE_FINE ? text : NULL;
}

/* The name in the second field may hold anything, ')' too */
static bool process_open(const char *proc, uint32_t pid, struct process *ret)
{
	_cleanup_free_ char *text = read_process(proc, pid, "stat");
	const char *rest = text ? strrchr(text, ')') : NULL;

	return rest && sscanf(rest + 1, " %*c %" SCNu32 " %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u "
			      "%*u %*d %*d %*d %*d %*d %*d %" SCNu64, &ret->parent, &ret->begun) == 2;
}

/* As the kernel decides it: the login uid, the real uid where there is none */
static bool is_person(const char *proc, uint32_t pid, uint32_t uid)
{
	_cleanup_free_ char *login = read_process(proc, pid, "loginuid");
	_cleanup_free_ char *status = read_process(proc, pid, "status");
	const char *line = status ? strstr(status, "\nUid:") : NULL;
	uint32_t person = login && *login ? (uint32_t)strtoul(login, NULL, 10) : UINT32_MAX;

	if (person == UINT32_MAX && line)
		person = (uint32_t)strtoul(line + 5, NULL, 10);
	return person == uid;
}

/* One of the names in the path of its control group, which the kernel takes for units */
static bool is_unit(const char *proc, uint32_t pid, uint64_t unit)
{
	_cleanup_free_ char *text = read_process(proc, pid, "cgroup");
	char *line = text ? strstr(text, "0::/") : NULL;

	for (char *name = line ? strtok(line + 4, "/\n") : NULL; name; name = strtok(NULL, "/\n"))
		if (hash64(name, strlen(name)) == unit)
			return true;
	return false;
}

static bool runs(const char *proc, uint32_t pid, uint64_t program)
{
	char path[128], target[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%" PRIu32 "/exe", proc, pid);
	n = readlink(path, target, sizeof(target));
	return n > 0 && hash64(target, (size_t)n) == program;
}

static bool is_in(const char *proc, uint32_t pid, const struct bailiwick_quarantine *who)
{
	switch (who->kind) {
	case BAILIWICK_SUBJECT_USER:
		return is_person(proc, pid, who->number);
	case BAILIWICK_SUBJECT_UNIT:
		return is_unit(proc, pid, who->id);
	case BAILIWICK_SUBJECT_EXE:
		return runs(proc, pid, who->id);
	default:
		return pid == who->number;
	}
}

/* Itself or a process above it */
static bool reaches(const char *proc, uint32_t pid, const struct bailiwick_quarantine *who)
{
	struct process process;

	for (int i = 0; pid && i < ANCESTORS_MAX; i++) {
		if (is_in(proc, pid, who))
			return true;
		if (pid == INIT_PID || !process_open(proc, pid, &process))
			break;
		pid = process.parent;
	}
	return false;
}

int quarantine_spared(const char *proc, const struct bailiwick_quarantine *who,
		      const char *subject, uint32_t asker, struct buffer *why)
{
	const char *whom = is_in(proc, INIT_PID, who) ? "init (process 1)" :
			   reaches(proc, (uint32_t)getpid(), who) ? "the controller" :
			   reaches(proc, asker, who) ? "you" : NULL;
	struct process process;

	if (whom) {
		buffer_printf(why, "%s would stop %s: nobody could lift that again%s", subject, whom,
			      *whom == 'y' ? "; let another administrator do it" : "");
		return 1;
	}
	if (who->kind == BAILIWICK_SUBJECT_TREE && process_open(proc, who->number, &process) &&
	    (who->number == KTHREADD_PID || process.parent == KTHREADD_PID)) {
		buffer_printf(why, "%s is a thread of the kernel, which asks nobody", subject);
		return 1;
	}
	return 0;
}

/* --- subjects ----------------------------------------------------------------------- */

static const char *read_tree(const char *name, struct bailiwick_quarantine *ret)
{
	struct process process;
	char *end;
	unsigned long pid = strtoul(name, &end, 10);

	if (*name < '1' || *name > '9' || *end || pid > INT32_MAX)
		return "pid: wants the number of a process";
	ret->number = (uint32_t)pid;
	if (!process_open("/proc", ret->number, &process))
		return "there is no such process";
	ret->id = process.begun;
	return NULL;
}

const char *quarantine_read(const char *subject, uint32_t uid, struct bailiwick_quarantine *ret)
{
	const char *name = strchr(subject, ':');
	size_t size = name ? (size_t)(name - subject) : 0;

	*ret = (struct bailiwick_quarantine){ 0 };
	if (strlen(subject) > BAILIWICK_QUARANTINE_NAME_MAX)
		return "the subject's name is longer than 255 bytes";
	for (const char *c = subject; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return "the subject's name holds control characters";
	if (!name || !*++name)
		return "quarantine is for user:NAME, unit:NAME, exe:PATH or pid:NUMBER";
	if (size == 4 && !memcmp(subject, "user", 4)) {
		ret->kind = BAILIWICK_SUBJECT_USER;
		ret->number = uid;
		return uid == UINT32_MAX ? "that is no user of this machine" : NULL;
	}
	if (size == 3 && !memcmp(subject, "pid", 3)) {
		ret->kind = BAILIWICK_SUBJECT_TREE;
		return read_tree(name, ret);
	}
	ret->id = hash64(name, strlen(name));
	if (size == 4 && !memcmp(subject, "unit", 4)) {
		ret->kind = BAILIWICK_SUBJECT_UNIT;
		return strchr(name, '/') ? "that is no name of a unit" : NULL;
	}
	if (size == 3 && !memcmp(subject, "exe", 3)) {
		ret->kind = BAILIWICK_SUBJECT_EXE;
		return *name == '/' ? NULL : "exe: wants an absolute path";
	}
	return "quarantine is for user:NAME, unit:NAME, exe:PATH or pid:NUMBER";
}

/* --- the state ------------------------------------------------------------------------- */

static const char *boot_id(char text[64])
{
	_cleanup_free_ char *all = NULL;
	size_t size;

	snprintf(text, 64, "unknown");
	if (readfile("/proc/sys/kernel/random/boot_id", 4096, &all, &size) == READFILE_FINE && size)
		snprintf(text, 64, "%.*s", (int)strcspn(all, "\n"), all);
	return text;
}

struct search {
	const char *subject;
	struct bailiwick_quarantine *who;
	char **name;
};

static int compare(void *context, const struct state_quarantine *q)
{
	struct search *search = context;
	const struct bailiwick_quarantine *who = search->who;

	if (strcmp(q->subject, search->subject) != 0 &&
	    (q->kind != who->kind || q->number != who->number || q->id != who->id))
		return 0;
	free(*search->name);
	*search->name = strdup(q->subject);
	*search->who = (struct bailiwick_quarantine){
		.kind = q->kind, .number = q->number, .id = q->id,
	};
	return strcmp(q->subject, search->subject) == 0;
}

void quarantine_find_stored(struct state *state, const char *subject,
			    struct bailiwick_quarantine *who, char **name)
{
	struct search search = { subject, who, name };
	char boot[64];

	*name = strdup(subject);
	state_quarantines(state, boot_id(boot), compare, &search);
}

static int store(struct controller *controller, const struct change *change)
{
	char boot[64];
	const struct state_quarantine q = {
		.subject = change->subject,
		.kind = change->who.kind,
		.number = change->who.number,
		.id = change->who.id,
		.boot = change->who.kind == BAILIWICK_SUBJECT_TREE ? boot_id(boot) : "",
		.time = time(NULL),
		.by = change->by,
	};

	return change->kind == CHANGE_QUARANTINE ? state_quarantine(controller->state, &q) :
						   state_release(controller->state, change->subject);
}

/* --- changes --------------------------------------------------------------------------- */

static int take_in(struct controller *controller, const struct change *change, struct buffer *why)
{
	if (quarantine_spared("/proc", &change->who, change->subject, change->by.pid, why))
		return -EACCES;
	if (change->who.kind == BAILIWICK_SUBJECT_USER &&
	    change->who.number == (uint32_t)controller->confinement.uid) {
		buffer_printf(why, "%s would stop the controller's own children", change->subject);
		return -EACCES;
	}
	return enforcement_quarantine(controller->enforcement, &change->who, change->subject, why);
}

/* The kernel takes what was signed: it must be about whom the command names */
static bool is_about(const struct buffer *lift, const struct bailiwick_quarantine *who)
{
	struct bailiwick_lift head;

	if (lift->size < sizeof(head))
		return false;
	memcpy(&head, lift->data, sizeof(head));
	return head.kind == who->kind && head.number == who->number && head.id == who->id;
}

static int let_out(struct controller *controller, const struct change *change, struct buffer *why)
{
	struct terms terms = signatures_terms(&change->signatures);
	struct bailiwick_control control;
	struct buffer lift = { 0 };
	struct iovec bytes = { change->lift.data, change->lift.size };
	int r = enforcement_quarantines(controller->enforcement, &control);
	uint32_t i = r ? 0 : quarantine_find(&control, &change->who);

	if (r)
		return r;
	if (i == BAILIWICK_QUARANTINES_MAX) {
		buffer_printf(why, "%s is not in quarantine", change->subject);
		return -ENOENT;
	}
	if (bytes.iov_len && !is_about(&change->lift, &change->who)) {
		buffer_printf(why, "what was signed lifts another quarantine than that of %s",
			      change->subject);
		return -ESTALE;
	}
	if (!bytes.iov_len) {
		r = quarantine_write_lift(&control.quarantine[i], change->subject, &lift);
		bytes = (struct iovec){ lift.data, lift.size };
	}
	if (!r)
		r = enforcement_lift(controller->enforcement, &bytes, &terms, why);
	buffer_done(&lift);
	return r;
}

static int exit_code(int error)
{
	return error == -ENOENT ? 1 : error == -EACCES || error == -ENOKEY || error == -EKEYREJECTED ?
	       EX_NOPERM : error == -EBADMSG || error == -ESTALE ? EX_DATAERR : EX_UNAVAILABLE;
}

/* The kernel first: a right that cannot be written down is taken all the same */
int quarantine_do(struct controller *controller, const struct change *change, struct buffer *why)
{
	const bool in = change->kind == CHANGE_QUARANTINE;
	int r = 0;

	if (in)
		r = recheck_begin(controller->recheck, "a subject has just lost every right", why);
	if (!r)
		r = in ? take_in(controller, change, why) : let_out(controller, change, why);
	if (r == -EEXIST)
		return 0;
	if (r) {
		if (!why->size)
			buffer_append_text(why, strerror(-r));
		return exit_code(r);
	}
	r = enforcement_mark(controller->enforcement);
	if (r)
		buffer_printf(why, "who sleeps is found out when it next asks: %s", strerror(-r));
	r = store(controller, change);
	if (!r)
		r = news_history(controller, change, NULL);
	if (r)
		buffer_printf(why, "%sit is in force, but the state cannot be written: %s",
			      why->size ? "; " : "", state_problem(controller->state));
	news_quarantine(controller, change);
	return 0;
}

/* --- start ------------------------------------------------------------------------------ */

static int put_back(void *context, const struct state_quarantine *q)
{
	struct controller *controller = context;
	const struct bailiwick_quarantine who = {
		.kind = q->kind, .number = q->number, .id = q->id,
	};
	struct buffer why = { 0 };
	int r = enforcement_quarantine(controller->enforcement, &who, q->subject, &why);

	if (r && r != -EEXIST) {
		controller_problem(controller, why.data);
		controller_say(LOG_ERR, "%s is not in quarantine as it should be: %s", q->subject,
			       why.data ? why.data : strerror(-r));
	}
	buffer_done(&why);
	return 0;
}

void quarantine_start(struct controller *controller)
{
	char boot[64];
	int r = state_quarantines(controller->state, boot_id(boot), put_back, controller);

	if (r < 0) {
		controller_problem(controller, "who is in quarantine cannot be read from the state");
		controller_say(LOG_ERR, "who is in quarantine cannot be read from the state: %s",
			       state_problem(controller->state));
	}
	enforcement_mark(controller->enforcement);
}

/* --- who is in it ------------------------------------------------------------------------- */

struct list {
	struct buffer *out;
	struct bailiwick_control control;
	uint64_t told;
	bool any, whole;
};

static const char *kind_text(uint32_t kind)
{
#define X_TEXT(id, text) text,
	static const char *const texts[] = { BAILIWICK_SUBJECTS(X_TEXT) };

	return kind < sizeof(texts) / sizeof(*texts) ? texts[kind] : "unknown";
}

static void tell_person(struct buffer *out, const struct state_quarantine *q)
{
	char since[TIMESTAMP_TEXT_MAX];

	buffer_printf(out, ",\"since\":\"%s\",\"uid\":%" PRIu32 ",\"loginuid\":",
		      timestamp_format(q->time, since), q->by.uid);
	if (q->by.login_uid == UINT32_MAX)
		buffer_append_text(out, "null");
	else
		buffer_printf(out, "%" PRIu32, q->by.login_uid);
}

/* @q: NULL for one the kernel alone knows of */
static void tell(struct list *list, const char *subject, const struct bailiwick_quarantine *who,
		 const struct state_quarantine *q)
{
	buffer_append_text(list->out, list->any ? "," : "");
	list->any = true;
	buffer_append_text(list->out, list->whole ? "{\"subject\":" : "");
	escape_json(list->out, subject, strlen(subject));
	if (!list->whole)
		return;
	buffer_printf(list->out, ",\"kind\":\"%s\",\"number\":%" PRIu32 ",\"id\":\"%016" PRIx64 "\"",
		      kind_text(who->kind), who->number, (uint64_t)who->id);
	if (q)
		tell_person(list->out, q);
	buffer_append_byte(list->out, '}');
}

static int tell_stored(void *context, const struct state_quarantine *q)
{
	struct list *list = context;
	const struct bailiwick_quarantine who = {
		.kind = q->kind, .number = q->number, .id = q->id,
	};
	uint32_t i = quarantine_find(&list->control, &who);

	if (i == BAILIWICK_QUARANTINES_MAX)
		return 0;
	list->told |= 1ull << i;
	tell(list, q->subject, &who, q);
	return 0;
}

void quarantine_describe(struct controller *controller, bool whole, struct buffer *out)
{
	struct list list = { .out = out, .whole = whole };
	char boot[64], text[96];

	buffer_append_byte(out, '[');
	if (controller->enforcement &&
	    enforcement_quarantines(controller->enforcement, &list.control) == 0 &&
	    list.control.quarantined) {
		state_quarantines(controller->state, boot_id(boot), tell_stored, &list);
		for (uint32_t i = 0; i < BAILIWICK_QUARANTINES_MAX; i++) {
			const struct bailiwick_quarantine *q = &list.control.quarantine[i];

			if (!(list.control.quarantined & ~list.told & 1ull << i))
				continue;
			/* a state that was lost: the kernel goes on without its name */
			snprintf(text, sizeof(text), "unknown:%" PRIu32 "/%" PRIu32 "/%016" PRIx64, q->kind,
				 q->number, (uint64_t)q->id);
			tell(&list, text, q, NULL);
		}
	}
	buffer_append_byte(out, ']');
}
