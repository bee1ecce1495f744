// SPDX-License-Identifier: Apache-2.0
/* Changes of the policy in force: one after the other, each whole or not at all */
#include "daemon/change.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <syslog.h>
#include <time.h>

#include "daemon/aftermath.h"
#include "daemon/child.h"
#include "daemon/inforce.h"
#include "daemon/names.h"
#include "daemon/news.h"
#include "daemon/subjects.h"
#include "daemon/watch.h"
#include "image/host.h"

#define ARGUMENTS_MAX (STAGE_FILES_MAX + 16)

struct changes {
	struct controller *controller;
	struct change *running;
	struct change *first, *last;	/* waiting */
	unsigned int waiting;
	struct child *child;
	sd_event_source *kick;		/* starts the next one from the loop */
	struct aftermath aftermath;	/* of changes that are in force */
};

static const char *const kind_texts[] = {
	[CHANGE_START] = "bringing the stored policy into force",
	[CHANGE_REFRESH] = "following users, groups, host names and time",
	[CHANGE_APPLY] = "applying a policy",
	[CHANGE_ASSIGN] = "assigning a role",
	[CHANGE_REVOKE] = "revoking a role",
	[CHANGE_REMAINS] = "looking at what is open",
};

struct change *change_new(enum change_kind kind)
{
	struct change *change = calloc(1, sizeof(*change));

	if (!change)
		return NULL;
	change->kind = kind;
	change->output = -1;
	change->by.uid = (uint32_t)getuid();
	change->by.login_uid = UINT32_MAX;
	change->by.pid = (uint32_t)getpid();
	return change;
}

struct change *change_free(struct change *change)
{
	if (!change)
		return NULL;
	source_set_done(&change->sources);
	stage_remove(change->stage);
	free(change->stage);
	free(change->subject);
	free(change->role);
	free(change->message);
	free(change->compiled);
	if (change->output >= 0)
		close(change->output);
	free(change);
	return NULL;
}

/* --- the end of a change ---------------------------------------------------- */

static void kick(struct changes *changes)
{
	if (!changes->running && changes->first)
		sd_event_source_set_enabled(changes->kick, SD_EVENT_ONESHOT);
}

/* @why NULL is success */
static void finish(struct change *change, int code, const char *why, const char *diagnostics)
{
	struct changes *changes = change->queue;
	struct change_result result = {
		.exit = code,
		.message = why,
		.diagnostics = diagnostics ? diagnostics : "",
		.version = changes->controller->version,
	};

	if (code)
		news_refused(changes->controller, change, why, diagnostics);
	changes->running = NULL;
	if (change->done)
		change->done(change->context, &result);
	change_free(change);
	watch_rearm(changes->controller->watch);
	kick(changes);
}

/* It is in force: what is open is taken back while the next change may begin */
static void settle(struct change *change, const char *why, const char *diagnostics)
{
	struct changes *changes = change->queue;

	changes->running = NULL;
	watch_rearm(changes->controller->watch);
	aftermath_add(&changes->aftermath, change, why, diagnostics);
	kick(changes);
}

/* --- trouble ---------------------------------------------------------------------- */

/* Nothing can be compiled, but a machine must not stay open for that: the last good bytes */
static bool start_from_stored(struct controller *controller, struct buffer *why)
{
	const char *trouble = NULL;
	struct image *image;
	int r = image_open(CONTROLLER_IMAGE, &image, &trouble);

	if (r) {
		buffer_printf(why, "; the stored image cannot be used either: %s",
			      trouble ? trouble : r < 0 ? strerror(-r) : "not a regular file");
		return false;
	}
	if (image->header->version <= controller->version) {
		image_close(image);
		return false;
	}
	buffer_append_text(why, "; the image of the last start is in force instead");
	if (inforce_switch(controller, image, why) < 0 && !controller->version)
		return false;
	/* a state that was lost knows nobody: whom this image binds stays confined */
	subjects_remember(controller_image(controller), controller->state);
	return true;
}

static void fail(struct change *change, int code, struct buffer *why, const char *diagnostics)
{
	struct controller *controller = change->queue->controller;

	if (change->kind == CHANGE_START || change->kind == CHANGE_REFRESH) {
		if (!controller->version && controller->enforcement)
			start_from_stored(controller, why);
		controller->stale = true;
		controller_problem(controller, why->data);
		controller_say(LOG_ERR, "%s: %s\n%s", kind_texts[change->kind],
			       why->data ? why->data : "", diagnostics ? diagnostics : "");
	}
	finish(change, code, why->data ? why->data : "out of memory", diagnostics);
}

static void fail_errno(struct change *change, const char *what, int error)
{
	struct buffer why = { 0 };

	buffer_printf(&why, "%s: %s", what, strerror(-error));
	fail(change, error == -ENOSPC ? EX_IOERR : EX_SOFTWARE, &why, NULL);
	buffer_done(&why);
}

/* --- what a change does to the state ------------------------------------------ */

static int write_sources(struct state *state, const struct change *change)
{
	_cleanup_free_ struct state_source *sources =
		calloc(change->sources.count + 1, sizeof(*sources));

	if (!sources)
		return -ENOMEM;
	for (size_t i = 0; i < change->sources.count; i++)
		sources[i] = (struct state_source){
			.name = change->sources.files[i].name,
			.text = change->sources.files[i].text,
			.size = change->sources.files[i].size,
		};
	return state_set_sources(state, change->version, sources, change->sources.count);
}

/* A revocation counts against the policy's own assignments too: `drop` */
static int write_revocation(struct state *state, const struct image *image,
			    const struct change *change, const struct state_assignment *a)
{
	size_t removed = 0;
	int r = state_revoke(state, change->subject, change->role, &removed);

	if (r < 0)
		return r;
	if (!removed && !(image && subjects_hold(image, change->subject, change->role)))
		return 1;
	r = state_drop(state, a);
	return r < 0 ? r : state_bind(state, change->subject);
}

/* 0; 1 when the change has no object; negative errno.  Called twice: to try and to commit */
static int write_change(struct controller *controller, const struct change *change)
{
	struct state_assignment a = {
		.subject = change->subject,
		.role = change->role ? change->role : "",
		.until = change->until,
		.time = time(NULL),
		.by = change->by,
	};

	switch (change->kind) {
	case CHANGE_APPLY:
		return write_sources(controller->state, change);
	case CHANGE_ASSIGN:
		return state_assign(controller->state, &a);
	case CHANGE_REVOKE:
		a.until = 0;
		return write_revocation(controller->state, controller_image(controller), change, &a);
	default:
		return state_expire(controller->state, a.time);
	}
}

/* --- after the compilation ------------------------------------------------------ */

/* Everything about the change in one transaction, the kernel's switch inside it */
static int commit(struct change *change, struct image *image, struct buffer *why)
{
	struct controller *controller = change->queue->controller;
	uint64_t before = controller->version;
	int r = state_begin(controller->state);

	if (r == 0)
		r = write_change(controller, change);
	if (r == 0)
		r = subjects_remember(image, controller->state);
	if (r == 0)
		r = state_raise_version(controller->state, change->version);
	if (r == 0)
		r = news_history(controller, change, image);
	if (r) {
		buffer_printf(why, "the state cannot be written: %s", state_problem(controller->state));
		state_rollback(controller->state);
		image_close(image);
		return r < 0 ? r : -EINVAL;
	}
	r = inforce_switch(controller, image, why);
	/* a policy whose test failed stays where nothing was before; it does not count as active */
	if (r < 0 && !(r == -EILSEQ && controller->version == change->version)) {
		state_rollback(controller->state);
		return r;
	}
	if (r < 0)
		controller_problem(controller, why->data);
	else
		controller_problem(controller, NULL);
	r = state_commit(controller->state);
	if (r < 0) {
		buffer_printf(why, "the state cannot be written: %s", state_problem(controller->state));
		inforce_back(controller, before, why);
	}
	return r;
}

static void take_image(struct change *change, struct image *image, const char *diagnostics)
{
	struct controller *controller = change->queue->controller;
	const struct image *old = controller_image(controller);
	struct buffer why = { 0 };
	int r;

	controller->stale = false;
	if (change->kind == CHANGE_REFRESH && old && inforce_same(old, image) &&
	    host_same(old, image)) {
		image_close(image);
		finish(change, 0, NULL, diagnostics);
		return;
	}
	r = commit(change, image, &why);
	if (r < 0) {
		fail(change, r == -ENOSPC ? EX_IOERR : EX_UNAVAILABLE, &why, diagnostics);
		buffer_done(&why);
		return;
	}
	if (change->kind == CHANGE_APPLY || change->kind == CHANGE_START)
		controller->files = change->sources.count;
	r = inforce_store(image, CONTROLLER_IMAGE);
	if (r < 0)
		controller_say(LOG_WARNING, "cannot keep the image in %s: %s", CONTROLLER_IMAGE,
			       strerror(-r));
	news_done(controller, change, old, image);
	settle(change, why.size ? why.data : NULL, diagnostics);
	buffer_done(&why);
}

static int compile(struct change *change);

static void on_asked(void *context)
{
	struct change *change = context;
	int r = compile(change);

	if (r < 0)
		fail_errno(change, "the change could not be prepared", r);
}

/* Which host names a new policy has is known from its first image: then they are looked up */
static bool ask_names(struct change *change, struct image *image)
{
	uint32_t at = 0;

	if (change->kind != CHANGE_APPLY || change->asked || !host_next(image, &at))
		return false;
	change->asked = true;
	names_ask(change->queue->controller->names, image, on_asked, change);
	image_close(image);
	return true;
}

static void on_compiled(void *context, const struct child_result *result)
{
	struct change *change = context;
	const char *diagnostics = result->err->data, *trouble = NULL;
	struct buffer why = { 0 };
	struct image *image = NULL;
	int code = EX_SOFTWARE, r;

	change->queue->child = NULL;
	if (result->exit == 0) {
		/* an unprivileged stranger's bytes: believed after every check */
		r = image_open_fd(change->output, &image, &trouble);
		if (r == 0 && image->header->version == change->version) {
			if (ask_names(change, image))
				return;
			take_image(change, image, diagnostics);
			return;
		}
		buffer_printf(&why, "the compiler's image is not usable: %s",
			      r == 0 ? "it carries another version" :
			      trouble ? trouble : strerror(-r));
		image_close(image);
	} else if (result->exit == EX_DATAERR) {
		code = EX_DATAERR;
		buffer_append_text(&why, change->kind == CHANGE_APPLY ?
				   "the policy has mistakes; the old one stays in force" :
				   "with this change the policy has mistakes; nothing was changed");
	} else if (result->exit >= 0) {
		buffer_printf(&why, "the compiler ended with exit code %d; nothing was changed",
			      result->exit);
	} else {
		buffer_printf(&why, "the compiler failed: %s; nothing was changed", result->how);
	}
	fail(change, code, &why, diagnostics);
	buffer_done(&why);
}

/* --- before the compilation ------------------------------------------------------- */

static int take_source(void *context, const struct state_source *source)
{
	struct buffer why = { 0 };
	int r = source_set_add(context, source->name, source->text, source->size, &why);

	buffer_done(&why);
	return r > 0 ? -EINVAL : r;
}

/* What the compiler is given: the state as it would be after the change */
static int prepare(struct change *change, struct buffer *assignments)
{
	struct controller *controller = change->queue->controller;
	int r = state_begin(controller->state);

	if (r == 0)
		r = write_change(controller, change);
	if (r == 0 && change->kind != CHANGE_APPLY)
		r = state_sources(controller->state, take_source, &change->sources, NULL);
	if (r == 0)
		r = subjects_write(controller->state, time(NULL), assignments);
	state_rollback(controller->state);
	return r;
}

/* An image and a file of host names for this compilation */
static int renew(struct change *change)
{
	struct controller *controller = change->queue->controller;
	struct buffer hosts = { 0 };
	int r = names_write(controller->names, &hosts);

	if (r == 0)
		r = stage_put(change->stage, "hosts", &hosts, controller->confinement.uid);
	buffer_done(&hosts);
	if (r < 0)
		return r;
	if (change->output >= 0)
		close(change->output);
	change->output = memfd_create("bailiwick-image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return change->output < 0 ? -errno : 0;
}

static int compile(struct change *change)
{
	struct changes *changes = change->queue;
	const struct config *config = &changes->controller->config;
	_cleanup_free_ char *files = NULL, *assignments = NULL, *hosts = NULL;
	char *argv[ARGUMENTS_MAX], version[32];
	int r = renew(change);
	struct child_options options = {
		.path = CONTROLLER_COMPILER,
		.argv = argv,
		.confinement = &changes->controller->confinement,
		.fd = change->output,
		.seconds = config->compile_seconds,
	};
	size_t n = 0;

	if (r < 0)
		return r;
	snprintf(version, sizeof(version), "%" PRIu64, change->version);
	if (asprintf(&files, "%s/files", change->stage) < 0 ||
	    asprintf(&assignments, "%s/assignments", change->stage) < 0 ||
	    asprintf(&hosts, "%s/hosts", change->stage) < 0)
		return -ENOMEM;
	argv[n++] = (char *)"bailiwick";
	argv[n++] = (char *)"compile";
	argv[n++] = (char *)"--stage";
	argv[n++] = files;
	argv[n++] = (char *)"--policy-version";
	argv[n++] = version;
	argv[n++] = (char *)"--assignments";
	argv[n++] = assignments;
	argv[n++] = (char *)"--output";
	argv[n++] = (char *)"/proc/self/fd/3";
	/* people who left must not keep roles from being taken away, or a machine from starting */
	if (change->kind == CHANGE_APPLY || change->kind == CHANGE_ASSIGN)
		argv[n++] = (char *)"--strict-users";
	if (change->kind != CHANGE_APPLY || change->asked) {
		argv[n++] = (char *)"--hosts";
		argv[n++] = hosts;
	}
	if (change->asked)
		argv[n++] = (char *)"--strict-hosts";
	if (change->json)
		argv[n++] = (char *)"--json";
	argv[n++] = (char *)"--";
	for (size_t i = 0; i < change->sources.count; i++)
		argv[n++] = change->sources.files[i].name;
	argv[n] = NULL;
	return child_start(changes->controller->loop, &options, on_compiled, change,
			   &changes->child);
}

static bool has_roles(const struct image *image)
{
	uint32_t count = 0;

	if (image)
		image_records(image, BAILIWICK_SECTION_ROLE, &count);
	return count > 0;
}

/*
 * A policy was in force and its sources are gone (the state was damaged and set
 * aside): compiling nothing would free everybody.
 */
static bool sources_lost(const struct change *change)
{
	struct image *stored = NULL;
	bool lost;

	if (change->kind == CHANGE_APPLY || change->sources.count)
		return false;
	if (change->kind != CHANGE_START)
		return has_roles(controller_image(change->queue->controller));
	if (image_open(CONTROLLER_IMAGE, &stored, NULL) != 0)
		return false;
	lost = has_roles(stored);
	image_close(stored);
	return lost;
}

static void begin(struct change *change)
{
	struct controller *controller = change->queue->controller;
	struct buffer assignments = { 0 }, why = { 0 };
	uint64_t stored = 0;
	int r;

	if (change->kind == CHANGE_REMAINS && change->queue->aftermath.find) {
		change->version = controller->version;
		settle(change, NULL, NULL);
		return;
	}
	if (!controller->enforcement) {
		buffer_printf(&why, "this machine does not enforce: %s",
			      controller->problem ? controller->problem : "unknown why");
		fail(change, EX_UNAVAILABLE, &why, NULL);
		buffer_done(&why);
		return;
	}
	r = prepare(change, &assignments);
	if (r == 0 && sources_lost(change)) {
		buffer_append_text(&why, "the sources of the policy in force are lost; apply a policy again");
		fail(change, EX_UNAVAILABLE, &why, NULL);
		buffer_done(&assignments);
		buffer_done(&why);
		return;
	}
	if (r == 0)
		r = state_version(controller->state, &stored);
	change->version = (stored > controller->highest ? stored : controller->highest) + 1;
	if (r == 0)
		r = stage_make(CONTROLLER_RUN, &change->sources, &assignments,
			       controller->confinement.uid, &change->stage);
	buffer_done(&assignments);
	if (r == 0)
		r = compile(change);
	if (r > 0) {
		buffer_printf(&why, "%s does not hold %s%s", change->subject,
			      change->role ? "the role " : "a role", change->role ? change->role : "");
		fail(change, 1, &why, NULL);
		buffer_done(&why);
	} else if (r < 0) {
		fail_errno(change, "the change could not be prepared", r);
	}
}

/* --- the queue ----------------------------------------------------------------------- */

static int on_kick(sd_event_source *source, void *context)
{
	struct changes *changes = context;

	(void)source;
	if (changes->running || !changes->first)
		return 0;
	changes->running = changes->first;
	changes->first = changes->first->next;
	changes->running->next = NULL;
	if (!changes->first)
		changes->last = NULL;
	changes->waiting--;
	begin(changes->running);
	return 0;
}

struct changes *changes_new(struct controller *controller)
{
	struct changes *changes = calloc(1, sizeof(*changes));

	if (!changes)
		return NULL;
	changes->controller = controller;
	changes->aftermath.controller = controller;
	if (sd_event_add_defer(controller->loop, &changes->kick, on_kick, changes) < 0 ||
	    sd_event_source_set_enabled(changes->kick, SD_EVENT_OFF) < 0)
		return changes_free(changes);
	return changes;
}

struct changes *changes_free(struct changes *changes)
{
	struct change *change;

	if (!changes)
		return NULL;
	child_stop(changes->child);
	names_forget(changes->controller->names);
	aftermath_done(&changes->aftermath);
	change_free(changes->running);
	while ((change = changes->first)) {
		changes->first = change->next;
		change_free(change);
	}
	sd_event_source_disable_unref(changes->kick);
	free(changes);
	return NULL;
}

void changes_find(struct changes *changes, finder_fn *find, void *context)
{
	changes->aftermath.find = find;
	changes->aftermath.find_context = context;
}

int changes_submit(struct changes *changes, struct change *change)
{
	if (changes->waiting >= CHANGES_WAITING_MAX) {
		change_free(change);
		return -EBUSY;
	}
	change->queue = changes;
	change->next = NULL;
	if (changes->last)
		changes->last->next = change;
	else
		changes->first = change;
	changes->last = change;
	changes->waiting++;
	kick(changes);
	return 0;
}

static void forget(struct change *change, void *context)
{
	for (; change; change = change->next) {
		if (change->context != context)
			continue;
		change->done = NULL;
		change->context = NULL;
	}
}

void changes_forget(struct changes *changes, void *context)
{
	struct change *const lists[] = { changes->running, changes->first,
					 changes->aftermath.waiting, changes->aftermath.swept };

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		forget(lists[i], context);
}

const char *changes_running(const struct changes *changes)
{
	return changes->running ? kind_texts[changes->running->kind] : NULL;
}
