// SPDX-License-Identifier: Apache-2.0
/* From nothing to a policy in force, and what keeps it followed */
#include "daemon/start.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include <bailiwick/genl.h>

#include "daemon/change.h"
#include "daemon/forbidden.h"
#include "daemon/inforce.h"
#include "daemon/news.h"
#include "daemon/quarantine.h"
#include "daemon/recheck.h"
#include "daemon/server.h"
#include "daemon/subjects.h"
#include "daemon/trust.h"

#define MODULE "bailiwick"
#define MODULE_DIRECTORY "/sys/module/" MODULE
#define WAITING 4096u	/* records of a start */
#define BATCH 64u		/* ring records taken before others get their turn */

extern char **environ;

void start_module(void)
{
	static const char *const programs[] = { "/sbin/modprobe", "/usr/sbin/modprobe" };
	char *argv[] = { (char *)"modprobe", (char *)"-q", (char *)MODULE, NULL };
	sigset_t none;
	posix_spawnattr_t how;
	int r = ENOENT, status;
	pid_t pid;

	if (access(MODULE_DIRECTORY, F_OK) == 0)
		return;
	sigemptyset(&none);
	posix_spawnattr_init(&how);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&how, &none);
	for (size_t i = 0; r != 0 && i < sizeof(programs) / sizeof(*programs); i++)
		r = posix_spawn(&pid, programs[i], NULL, &how, argv, environ);
	posix_spawnattr_destroy(&how);
	if (r == 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status))
		return;
	controller_say(LOG_WARNING, "the kernel module " MODULE " cannot be loaded: enforcement will "
		       "be unsealed");
}

static int on_ring(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct controller *controller = context;

	(void)source;
	(void)fd;
	(void)events;
	if (controller_drain(controller, BATCH) > 0)
		server_pump(controller->server);
	recheck_notice(controller->recheck);
	return 0;
}

static const char *command_name(uint32_t command)
{
	static const char *const names[BAILIWICK_CMD_COUNT] = {
		[BAILIWICK_CMD_ADOPT] = "to hold other programs",
		[BAILIWICK_CMD_SWITCH] = "another policy",
		[BAILIWICK_CMD_ROLLBACK] = "an older policy",
		[BAILIWICK_CMD_RELEASE] = "to let go of the programs",
		[BAILIWICK_CMD_TRUST] = "other keys",
		[BAILIWICK_CMD_CONFIRM] = "to confirm a policy",
		[BAILIWICK_CMD_SEAL] = "the seal",
		[BAILIWICK_CMD_QUARANTINE] = "a quarantine",
		[BAILIWICK_CMD_LIFT] = "to lift a quarantine",
	};

	return command < BAILIWICK_CMD_COUNT && names[command] ? names[command] : "something";
}

/* Who is root and speaks to the module past the controller has no good reason */
static void on_announced(void *context, uint32_t command, uint64_t version,
			 const struct refusal *refusal)
{
	struct controller *controller = context;
	char text[200];

	if (command == BAILIWICK_CMD_ROLLBACK)
		trust_gone(controller, version);
	if (command == BAILIWICK_CMD_ENDED)
		news_module(controller, "a grant's time was over: the module ended it", false);
	if (!refusal || refusal->pid == (uint32_t)getpid())
		return;
	snprintf(text, sizeof(text), "the module refused %s, asked for by process %u of uid %u: %s",
		 command_name(refusal->command), refusal->pid, refusal->uid,
		 strerror((int)refusal->error));
	news_module(controller, text, true);
}

static int on_lifecycle(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct controller *controller = context;
	struct enforcement_status status;
	char text[160];

	(void)source;
	(void)fd;
	(void)events;
	if (enforcement_lifecycle_consume(controller->enforcement, on_announced, controller) == 0 ||
	    enforcement_status(controller->enforcement, &status) < 0)
		return 0;
	recorder_seal(controller->recorder, status.sealed);
	server_pump(controller->server);
	if (status.version == controller->version)
		return 0;
	/* our own switches are over when this is read: somebody else moved it */
	snprintf(text, sizeof(text), "policy version %" PRIu64 " is in force, not %" PRIu64
		 " as this controller left it", status.version, controller->version);
	news_module(controller, text, true);
	controller_problem(controller, text);
	server_pump(controller->server);
	return 0;
}

/* Behind the first policy, where the machine was set up so */
static void seal_at_start(struct controller *controller)
{
	struct buffer why = { 0 };

	if (!controller->config.seal_at_start || !controller->enforcement)
		return;
	if (trust_seal(controller, &why) < 0) {
		buffer_printf(&why, "%s: SEAL_AT_START is set, but the machine is not sealed",
			      why.size ? "" : "the module refuses");
		controller_problem(controller, why.data);
		controller_say(LOG_ERR, "%s", why.data ? why.data : "");
		news_module(controller, why.data ? why.data : "", true);
	}
	buffer_done(&why);
}

static void tell_ready(struct controller *controller)
{
	sd_notifyf(0, "READY=1\nSTATUS=%s%s", controller->problem ? "problem: " : "enforcing",
		   controller->problem ? controller->problem : "");
}

static void on_started(void *context, const struct change_result *result)
{
	struct controller *controller = context;

	(void)result;
	seal_at_start(controller);
	tell_ready(controller);
	server_pump(controller->server);
}

/* A slot must hold the image that was in force, whatever the configuration says now */
static uint32_t slot_size(const struct controller *controller)
{
	uint64_t size = controller->config.slot_size;
	struct stat st;

	if (stat(CONTROLLER_IMAGE, &st) == 0)
		while (size < (uint64_t)st.st_size && size < BAILIWICK_SLOT_MAX)
			size *= 2;
	return (uint32_t)size;
}

static int open_enforcement(struct controller *controller, struct buffer *why)
{
	struct enforcement_options options = {
		.slot_size = slot_size(controller),
		.ring_size = (uint32_t)controller->config.ring_size,
	};
	int r;

	start_module();
	r = enforcement_open(&options, &controller->enforcement, why);
	if (r < 0) {
		if (!why->size)
			buffer_append_text(why, strerror(-r));
		return r;
	}
	controller->origin = (enum enforcement_origin)r;
	changes_find(controller->changes, forbidden_find, controller->enforcement);
	return 0;
}

/* Nobody can confirm any more what an earlier controller left waiting: what was stored comes back */
static void end_waiting(struct controller *controller)
{
	struct enforcement_status status;
	struct buffer why = { 0 };
	struct image *image;

	if (enforcement_status(controller->enforcement, &status) < 0 || !status.trust.seconds_left ||
	    image_open(CONTROLLER_IMAGE, &image, NULL) != 0)
		return;
	if (enforcement_rollback(controller->enforcement, image->header->version, &why) == 0)
		news_module(controller, "the policy that waited to be confirmed went with the controller "
			    "that had it", true);
	image_close(image);
	buffer_done(&why);
}

/* What an earlier controller left: known when the stored image is the one in force */
static bool know_image(struct controller *controller)
{
	struct signatures signatures = { 0 };
	struct enforcement_status status;
	struct image *image;

	if (enforcement_status(controller->enforcement, &status) < 0)
		return false;
	recorder_seal(controller->recorder, status.sealed);
	controller->version = controller->highest = status.version;
	if (!status.version || image_open(CONTROLLER_IMAGE, &image, NULL) != 0)
		return false;
	if (memcmp(image->header->digest, status.digest, sizeof(status.digest)) != 0) {
		image_close(image);
		return false;
	}
	recorder_image(controller->recorder, image, 0);
	controller->signed_image = signatures_load(image, CONTROLLER_SIGNED, &signatures) == 0;
	signatures_done(&signatures);
	controller->since = (int64_t)image->header->created;
	return true;
}

static bool take_over(struct controller *controller)
{
	struct bailiwick_totals totals;

	if (enforcement_totals(controller->enforcement, &totals) == 0)
		recorder_resume(controller->recorder, totals.sequence);
	end_waiting(controller);
	return know_image(controller);
}

static int count_source(void *context, const struct state_source *source)
{
	(void)source;
	++*(size_t *)context;
	return 0;
}

static int add_sources(struct controller *controller)
{
	sd_event_source *ring, *lifecycle;
	int fd = enforcement_lifecycle_fd(controller->enforcement);
	int r = sd_event_add_io(controller->loop, &ring,
				enforcement_events_fd(controller->enforcement), EPOLLIN, on_ring,
				controller);

	/* no priority: who is denied without end must not put off what takes his rights away */
	if (r >= 0)
		r = sd_event_source_set_floating(ring, true);
	if (r >= 0)
		sd_event_source_unref(ring);
	if (r < 0 || fd < 0)
		return r < 0 ? r : 0;
	r = sd_event_add_io(controller->loop, &lifecycle, fd, EPOLLIN, on_lifecycle, controller);
	if (r >= 0)
		r = sd_event_source_set_floating(lifecycle, true);
	if (r >= 0)
		sd_event_source_unref(lifecycle);
	return r < 0 ? r : 0;
}

static int submit_start(struct controller *controller, enum change_kind kind)
{
	struct change *change = change_new(kind);

	if (!change)
		return -ENOMEM;
	change->done = on_started;
	change->context = controller;
	return changes_submit(controller->changes, change);
}

static int whose(void *context, uint64_t most, struct share_debts *ret)
{
	const struct controller *controller = context;

	return enforcement_refused(controller->enforcement, most, ret);
}

int start_enforcement(struct controller *controller)
{
	struct buffer why = { 0 };
	bool known = false;
	int r = open_enforcement(controller, &why);

	if (r < 0) {
		controller_problem(controller, why.data);
		controller_say(LOG_ERR, "this machine does not enforce: %s", why.data ? why.data : "");
		buffer_done(&why);
		news_start(controller);
		tell_ready(controller);
		return 0;
	}
	recorder_ask(controller->recorder, whose, controller);
	if (controller->origin == ENFORCEMENT_TAKEN_OVER)
		known = take_over(controller);
	else
		recorder_restart(controller->recorder);
	r = add_sources(controller);
	if (r >= 0)
		r = recheck_start(controller, &controller->recheck);
	if (r < 0) {
		buffer_done(&why);
		return r;
	}
	/* what happened while nobody looked comes first */
	controller_drain(controller, WAITING);
	news_start(controller);
	trust_start(controller);
	quarantine_start(controller);
	if (known) {
		state_sources(controller->state, count_source, &controller->files, NULL);
		/* a state that was lost knows nobody: whom this image binds stays confined */
		subjects_remember(controller_image(controller), controller->state);
		if (inforce_test(controller, &why) < 0)
			controller_problem(controller, why.data);
	}
	buffer_done(&why);
	/* users and groups may have changed while nobody looked */
	return submit_start(controller, known ? CHANGE_REFRESH : CHANGE_START);
}
