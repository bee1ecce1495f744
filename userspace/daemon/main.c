// SPDX-License-Identifier: Apache-2.0
/* bailiwickd: the controller */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "daemon/change.h"
#include "daemon/commit.h"
#include "daemon/controller.h"
#include "daemon/exporter.h"
#include "daemon/links.h"
#include "daemon/linkschild.h"
#include "daemon/metrics.h"
#include "daemon/news.h"
#include "daemon/recheck.h"
#include "daemon/server.h"
#include "daemon/names.h"
#include "daemon/sinkchild.h"
#include "daemon/start.h"
#include "daemon/trust.h"
#include "daemon/urgent.h"
#include "daemon/watch.h"

#define TICK 1000000u		/* microseconds */
#define DRAIN_TICK 64u		/* records taken at once: a flood must not stop the rest */
#define DRAIN_MOST 65536u		/* at the end */
#define STATE_FILE CONTROLLER_STATE "/state.db"
#define LOCK_FILE CONTROLLER_RUN "/lock"

const char *argp_program_version = "bailiwickd " BAILIWICK_VERSION;

static uint64_t last_sequence;	/* the kernel's, a tick ago */

/* The command line; @sink and @links are what the controller starts its own program for */
struct words {
	const char *directory;
	const char *sink;
	const char *links;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct words *words = state->input;

	if (key == 'c')
		words->directory = arg;
	else if (key == 's')
		words->sink = arg;
	else if (key == 'l')
		words->links = arg;
	else if (key == ARGP_KEY_ARG)
		argp_error(state, "'%s' is one word too many", arg);
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

static const struct argp_option options[] = {
	{ "config", 'c', "DIR", 0, "Read DIR/" CONFIG_FILE " (default: " CONFIG_DIRECTORY ")", 0 },
	{ "sink", 's', "NAME", OPTION_HIDDEN, NULL, 0 },
	{ "links", 'l', "KEYS", OPTION_HIDDEN, NULL, 0 },
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.doc = "The Bailiwick controller: runs in the foreground, keeps the policy in force, records "
	       "denials, and answers the bailiwick command.",
};

/* Ends with the process; the file stays, so that nobody locks a name that is gone */
static int take_lock(void)
{
	int fd;

	if (mkdir(CONTROLLER_RUN, 0755) < 0 && errno != EEXIST)
		return -errno;
	if (mkdir(CONTROLLER_STATE, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return fd;
}

/* A disk that takes nothing changes no verdict and no counter; somebody should know */
static void say_problem(const struct controller *controller)
{
	static int said;
	struct recorder_totals totals;

	recorder_totals(controller->recorder, &totals);
	if (totals.problem == said)
		return;
	said = totals.problem;
	if (said)
		controller_say(LOG_CRIT, "the journal takes no records: %s; enforcement and counters go on",
			       strerror(-said));
	else
		controller_say(LOG_NOTICE, "the journal takes records again; %llu were not written",
			       (unsigned long long)totals.unwritten);
}

/* Denials that no record tells of any more, the disk, and quiet connections */
static int on_tick(sd_event_source *source, uint64_t now, void *context)
{
	struct controller *controller = context;
	struct bailiwick_totals totals;

	(void)now;
	if (controller->enforcement) {
		recheck_tick(controller->recheck);
		links_tick(controller->links);
		/* what still waits in the ring is not lost */
		if (controller_drain(controller, DRAIN_TICK) < (int)DRAIN_TICK)
			recorder_settle(controller->recorder, last_sequence);
		if (enforcement_totals(controller->enforcement, &totals) == 0)
			last_sequence = totals.sequence;
	}
	recorder_tend(controller->recorder);
	say_problem(controller);
	sinks_tick(controller->sinks);
	server_tick(controller->server);
	server_pump(controller->server);
	/* from now, not from when it was due: one that is late must not be followed by all it missed */
	return sd_event_source_set_time_relative(source, TICK);
}

/* With its log, which may hold what the file lacks */
static int set_aside(const char *aside)
{
	char log[160];

	if (rename(STATE_FILE, aside) < 0)
		return -errno;
	snprintf(log, sizeof(log), "%s-wal", aside);
	if (rename(STATE_FILE "-wal", log) < 0 && errno != ENOENT)
		return -errno;
	if (unlink(STATE_FILE "-shm") < 0 && errno != ENOENT)
		return -errno;
	return 0;
}

/* A state that cannot be read is set aside: the last image still comes into force */
static int open_state(struct controller *controller)
{
	struct buffer why = { 0 };
	char aside[128];
	int r = state_open(STATE_FILE, &controller->state, &why);

	if (r == -EBADMSG) {
		snprintf(aside, sizeof(aside), STATE_FILE ".damaged-%lld", (long long)time(NULL));
		controller_say(LOG_CRIT, "%s; it is kept as %s and a new one begun", why.data, aside);
		controller_problem(controller, why.data);
		buffer_clear(&why);
		r = set_aside(aside);
		if (r == 0)
			r = state_open(STATE_FILE, &controller->state, &why);
	}
	if (r < 0)
		controller_say(LOG_ERR, "%s", why.data ? why.data : strerror(-r));
	buffer_done(&why);
	return r;
}

static int open_recorder(struct controller *controller)
{
	struct journal_options limits = {
		.segment_size = controller->config.journal_segment_size,
		.total_size = controller->config.journal_max_size,
		.max_age = controller->config.journal_max_age * 1000000000u,
		.sync_delay = controller->config.journal_sync * 1000000u,
	};
	const struct burst_limits bursts = {
		.count = { controller->config.finding_ordinary, controller->config.finding_serious,
			   controller->config.finding_special },
		.window = controller->config.finding_window * 1000000000u,
	};
	struct buffer notes = { 0 };
	int r = recorder_open(CONTROLLER_JOURNAL, &limits, "/etc/passwd", &notes,
			      &controller->recorder);

	if (r < 0)
		controller_say(LOG_ERR, "the journal in " CONTROLLER_JOURNAL " cannot be opened: %s",
			       strerror(-r));
	if (r == 0 && notes.size)
		controller_say(LOG_WARNING, "%s", notes.data);
	buffer_done(&notes);
	return r < 0 ? r : recorder_watch(controller->recorder, &bursts);
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	(void)info;
	(void)context;
	return sd_event_exit(sd_event_source_get_event(source), 0);
}

static int add_basics(struct controller *controller)
{
	static const int ends[] = { SIGTERM, SIGINT };
	sigset_t blocked;
	int r = 0;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		sigaddset(&blocked, ends[i]);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	for (size_t i = 0; r >= 0 && i < sizeof(ends) / sizeof(*ends); i++)
		r = sd_event_add_signal(controller->loop, NULL, ends[i], on_signal, NULL);
	if (r >= 0)
		r = sd_event_set_watchdog(controller->loop, true);
	return r;
}

static int add_tick(struct controller *controller)
{
	sd_event_source *tick;
	int r = sd_event_add_time_relative(controller->loop, &tick, CLOCK_MONOTONIC, TICK, TICK / 10,
					   on_tick, controller);

	if (r >= 0)
		r = sd_event_source_set_enabled(tick, SD_EVENT_ON);
	if (r >= 0)
		r = sd_event_source_set_floating(tick, true);
	if (r >= 0)
		sd_event_source_unref(tick);
	return r;
}

static int start_sinks(struct controller *controller)
{
	const struct sinks_setting setting = {
		.loop = controller->loop,
		.config = &controller->config,
		.recorder = controller->recorder,
		.program = "/proc/self/exe",
		.nats_program = "/usr/lib/bailiwick/sink-nats",
		.configuration = controller->directory,
		.journal = CONTROLLER_JOURNAL,
		.state = CONTROLLER_STATE "/sink",
	};

	return sinks_start(&setting, &controller->sinks);
}

/* A ladder; finish() is the same list read backwards */
static int begin(struct controller *controller)
{
	int socket, r;

	controller->started = time(NULL);
	confine_who("/etc/passwd", &controller->confinement.uid, &controller->confinement.gid);
	controller->confinement.cpu_seconds = controller->config.compile_seconds;
	controller->confinement.memory = controller->config.compile_memory;
	controller->confinement.file_size = BAILIWICK_SLOT_MAX;
	r = sd_event_default(&controller->loop);
	if (r >= 0)
		r = add_basics(controller);
	if (r >= 0)
		r = open_state(controller);
	if (r >= 0)
		r = open_recorder(controller);
	if (r < 0)
		return r;
	controller->changes = changes_new(controller);
	if (!controller->changes)
		return -ENOMEM;
	r = names_start(controller, CONTROLLER_NAMES, &controller->names);
	if (r >= 0)
		r = start_enforcement(controller);
	if (r < 0)
		return r;
	/* not before: verifying the programs takes seconds in which nobody would be answered */
	socket = server_listen(CONTROLLER_SOCKET);
	if (socket < 0)
		return socket;
	r = server_start(controller, socket, &controller->server);
	if (r >= 0)
		r = watch_start(controller, &controller->watch);
	if (r >= 0)
		r = links_start(controller, &controller->links);
	if (r >= 0)
		r = commit_start(controller);
	if (r >= 0)
		r = start_sinks(controller);
	if (r >= 0)
		r = metrics_start(controller);
	return r < 0 ? r : add_tick(controller);
}

static void finish(struct controller *controller)
{
	sd_notify(0, "STOPPING=1");
	controller->links = links_stop(controller->links);
	controller->watch = watch_stop(controller->watch);
	controller->server = server_stop(controller->server);
	controller->changes = changes_free(controller->changes);
	trust_done(controller);
	controller->names = names_stop(controller->names);
	controller->exporter = exporter_stop(controller->exporter);
	controller->recheck = recheck_stop(controller->recheck);
	controller->sinks = sinks_stop(controller->sinks);
	if (controller->recorder) {
		if (controller->enforcement)
			controller_drain(controller, DRAIN_MOST);
		news_stop(controller);
	}
	if (controller->enforcement)
		enforcement_close(controller->enforcement);
	recorder_close(controller->recorder);
	config_done(&controller->config);
	state_close(controller->state);
	free(controller->problem);
	sd_event_unref(controller->loop);
}

int main(int argc, char **argv)
{
	struct words words = { .directory = CONFIG_DIRECTORY };
	struct controller controller = { 0 };
	struct buffer why = { 0 };
	int lock, r;

	argp_parse(&argp, argc, argv, 0, NULL, &words);
	if (words.sink)
		return sinkchild_main(words.directory, words.sink, NULL);
	if (words.links)
		return linkschild_main(words.links);
	if (geteuid() != 0) {
		controller_say(LOG_ERR, "must run as root");
		return EX_NOPERM;
	}
	umask(022);
	controller.directory = words.directory;
	if (config_load(&controller.config, words.directory, &why) != 0) {
		controller_say(LOG_ERR, "%s", why.data ? why.data : "the configuration cannot be read");
		buffer_done(&why);
		return EX_CONFIG;
	}
	lock = take_lock();
	if (lock < 0) {
		controller_say(LOG_ERR, lock == -EBUSY ? "another bailiwickd is running already" :
			       "cannot take " LOCK_FILE ": %s", strerror(-lock));
		return lock == -EBUSY ? EX_TEMPFAIL : EX_OSERR;
	}
	r = urgent_start(URGENT_SECONDS);
	if (r < 0)
		controller_say(LOG_WARNING, "a busy machine can put off what takes rights away: no "
			       "priority above other processes: %s", strerror(-r));
	r = begin(&controller);
	if (r >= 0)
		r = sd_event_loop(controller.loop);
	if (r < 0)
		controller_say(LOG_ERR, "cannot go on: %s", strerror(-r));
	finish(&controller);
	close(lock);
	return r < 0 ? EX_OSERR : EX_OK;
}
