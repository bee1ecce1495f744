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
#include "daemon/quarantine.h"
#include "daemon/subjects.h"
#include "daemon/trust.h"
#include "daemon/urgent.h"
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
	[CHANGE_QUARANTINE] = "putting a subject into quarantine",
	[CHANGE_RELEASE] = "lifting a quarantine",
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
	if (change->urgent)
		urgent_end();
	source_set_done(&change->sources);
	image_close(change->image);
	signatures_done(&change->signatures);
	stage_remove(change->stage);
	free(change->stage);
	free(change->subject);
	free(change->role);
	buffer_done(&change->lift);
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

static void fail(struct change *change, int code, struct buffer *why, const char *diagnostics)
{
	struct controller *controller = change->queue->controller;

	if (change->kind == CHANGE_START || change->kind == CHANGE_REFRESH) {
		if (!controller->version && controller->enforcement)
			inforce_stored(controller, why);
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

/* --- after the compilation ------------------------------------------------------ */

/* A change that waits to be confirmed is in no state: trust_confirm() writes it */
static int store(struct change *change, const struct image *image, uint64_t before,
		 struct buffer *why)
{
	struct controller *controller = change->queue->controller;
	int r;

	if (change->confirm_within) {
		state_rollback(controller->state);
		r = trust_wait(controller, change, image, before);
	} else {
		/* first: the state's version is the floor below which no image is taken */
		r = inforce_keep(image, &change->signatures);
		if (r < 0 && !signatures_any(&change->signatures)) {
			controller_say(LOG_WARNING, "cannot keep the image in %s: %s",
				       CONTROLLER_IMAGE, strerror(-r));
			r = 0;
		}
		if (r == 0)
			r = state_commit(controller->state);
		else
			state_rollback(controller->state);
	}
	if (r < 0) {
		buffer_printf(why, "the state cannot be written: %s", state_problem(controller->state));
		inforce_back(controller, before, why);
		return r;
	}
	return change->confirm_within ? 0 : inforce_confirm(controller, why);
}

/*
 * The image of before would test no better.  Going back to it gives again what was
 * taken: whoever can keep the self-test from being run could keep a role that way.
 */
static bool stays_untested(const struct change *change)
{
	return change->kind == CHANGE_REVOKE || change->kind == CHANGE_REFRESH;
}

/* Everything about the change in one transaction, the kernel's switch inside it */
static int commit(struct change *change, struct image *image, struct buffer *why)
{
	struct controller *controller = change->queue->controller;
	struct terms terms = signatures_terms(&change->signatures);
	uint64_t before = controller->version;
	int r = change_write(controller, change, image, why);

	if (r < 0) {
		image_close(image);
		return r;
	}
	terms.confirm_within = change->confirm_within;
	r = inforce_switch(controller, image, &terms, &change->times, why);
	if (r < 0) {
		state_rollback(controller->state);
		return r;
	}
	aftermath_begin(&change->queue->aftermath, change);
	r = inforce_prove(controller, stays_untested(change) ? 0 : before, why);
	report_mark(&change->times, REPORT_TIME_TESTED);
	/* so does one where nothing was before; a policy whose test failed does not count as active */
	if (r < 0 && controller->version != change->version) {
		state_rollback(controller->state);
		return r;
	}
	if (r < 0)
		controller_problem(controller, why->data);
	else
		controller_problem(controller, NULL);
	return store(change, image, before, why);
}

static int exit_code(int error)
{
	return error == -ENOSPC ? EX_IOERR : error == -EBUSY ? EX_TEMPFAIL :
	       error == -ENOKEY || error == -EKEYREJECTED ? EX_NOPERM : EX_UNAVAILABLE;
}

static void take_image(struct change *change, struct image *image, const char *diagnostics)
{
	struct controller *controller = change->queue->controller;
	const struct image *old = controller_image(controller);
	struct buffer why = { 0 };
	bool is_signed = signatures_any(&change->signatures);
	size_t files = change->sources.count;
	int r;

	controller->stale = false;
	report_mark(&change->times, REPORT_TIME_MADE);
	if (change->kind == CHANGE_REFRESH && old && inforce_same(old, image) &&
	    host_same(old, image)) {
		image_close(image);
		finish(change, 0, NULL, diagnostics);
		return;
	}
	r = commit(change, image, &why);
	if (r < 0) {
		aftermath_drop(&change->queue->aftermath, change);
		fail(change, exit_code(r), &why, diagnostics);
		buffer_done(&why);
		return;
	}
	if (change->kind == CHANGE_APPLY || change->kind == CHANGE_START)
		controller->files = files;
	controller->signed_image = is_signed;
	report_mark(&change->times, REPORT_TIME_STORED);
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
		r = change_write_state(controller, change);
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
		.urgent = change->urgent,
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

/* What was signed elsewhere is started as it is: compiled again it would be unsigned */
static void find_signed(struct change *change)
{
	struct image *image;

	if (change->kind != CHANGE_START || image_open(CONTROLLER_IMAGE, &image, NULL) != 0)
		return;
	if (signatures_load(image, CONTROLLER_SIGNED, &change->signatures) == 0)
		change->image = image;
	else
		image_close(image);
}

/* NULL, or why this change cannot be made from sources now */
static const char *cannot_compile(const struct controller *controller, const struct change *change)
{
	if (controller->unconfirmed.image)
		return "a policy waits to be confirmed: `bailiwick policy confirm` keeps it, `bailiwick "
		       "policy rollback` takes it back";
	if (!controller->signed_image || change->kind == CHANGE_APPLY || change->kind == CHANGE_START)
		return NULL;
	return "the policy in force is signed as it is: make a new image with the change in it, have it "
	       "signed and apply it";
}

/* True when there is nothing to compile: it was done here, or refused */
static bool begin_without_compiler(struct change *change)
{
	struct controller *controller = change->queue->controller;
	const char *cannot = cannot_compile(controller, change);
	struct buffer why = { 0 };

	find_signed(change);
	if (change->image && !controller->unconfirmed.image) {
		change->version = change->image->header->version;
		take_image(change, TAKE_PTR(change->image), NULL);
		return true;
	}
	if (!cannot)
		return false;
	if (change->kind == CHANGE_REFRESH && controller->unconfirmed.image) {
		controller->stale = true;	/* again, when that is decided */
		finish(change, 0, NULL, NULL);
		return true;
	}
	if (change->kind == CHANGE_REFRESH) {
		/* the module ends grants: what they opened is looked at here */
		change->version = controller->version;
		settle(change, NULL, NULL);
		return true;
	}
	buffer_append_text(&why, cannot);
	fail(change, controller->unconfirmed.image ? EX_TEMPFAIL : EX_NOPERM, &why, NULL);
	buffer_done(&why);
	return true;
}

/* Higher than any the state or the kernel has seen */
static int next_version(struct change *change)
{
	const struct controller *controller = change->queue->controller;
	uint64_t stored = 0;
	int r = state_version(controller->state, &stored);

	change->version = (stored > controller->highest ? stored : controller->highest) + 1;
	return r;
}

static bool begin_at_once(struct change *change)
{
	struct image *image;

	if (next_version(change) < 0 ||
	    change_image(change->queue->controller, change, &image) != 0)
		return false;
	take_image(change, image, NULL);
	return true;
}

/* Whatever policy is in force, waits, or is signed: it stays what it is */
static void begin_quarantine(struct change *change)
{
	struct controller *controller = change->queue->controller;
	struct buffer why = { 0 };
	int code;

	change->version = controller->version;
	code = quarantine_do(controller, change, &why);
	if (code)
		fail(change, code, &why, NULL);
	else
		settle(change, why.size ? why.data : NULL, NULL);
	buffer_done(&why);
}

static void begin(struct change *change)
{
	struct controller *controller = change->queue->controller;
	struct buffer assignments = { 0 }, why = { 0 };
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
	if (change->kind == CHANGE_QUARANTINE || change->kind == CHANGE_RELEASE) {
		begin_quarantine(change);
		return;
	}
	if (begin_without_compiler(change) || begin_at_once(change))
		return;
	r = prepare(change, &assignments);
	if (r == 0 && change_sources_lost(controller, change)) {
		buffer_append_text(&why, "the sources of the policy in force are lost; apply a policy again");
		fail(change, EX_UNAVAILABLE, &why, NULL);
		buffer_done(&assignments);
		buffer_done(&why);
		return;
	}
	if (r == 0)
		r = next_version(change);
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
	change->urgent = change->kind != CHANGE_START;	/* a machine that starts has nobody to stop */
	if (change->urgent)
		urgent_begin();
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

bool changes_sweeping(const struct changes *changes)
{
	return changes && changes->aftermath.sweep;
}

const char *changes_running(const struct changes *changes)
{
	return changes->running ? kind_texts[changes->running->kind] : NULL;
}
