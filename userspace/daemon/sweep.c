// SPDX-License-Identifier: Apache-2.0
/* The sweep after a change: a child takes back, the event loop goes on */
#include "daemon/sweep.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "daemon/urgent.h"

#define SWEEP_PRIORITY (SD_EVENT_PRIORITY_IMPORTANT - 10)

struct sweep {
	pid_t pid;
	sd_event_source *exit_source;
	sd_event_source *timer;
	struct report *report;
	sweep_done_fn *done;
	void *context;
};

static struct sweep *sweep_free(struct sweep *sweep)
{
	if (!sweep)
		return NULL;
	sd_event_source_disable_unref(sweep->exit_source);
	sd_event_source_disable_unref(sweep->timer);
	report_unref(sweep->report);
	free(sweep);
	return NULL;
}

struct sweep *sweep_stop(struct sweep *sweep)
{
	if (sweep && sweep->pid > 0) {
		kill(sweep->pid, SIGKILL);
		waitpid(sweep->pid, NULL, 0);
	}
	return sweep_free(sweep);
}

static void finish(struct sweep *sweep, const char *trouble)
{
	struct report_totals *totals = report_totals(sweep->report);
	sweep_done_fn *done = sweep->done;

	sweep->done = NULL;
	if (trouble) {
		totals->complete = false;
		snprintf(totals->problem, sizeof(totals->problem), "looking through the running "
			 "processes %s; this is not all", trouble);
	}
	if (done)
		done(sweep->context, sweep->report);
}

static int on_exit_(sd_event_source *source, const siginfo_t *status, void *context)
{
	struct sweep *sweep = context;
	bool whole = status->si_code == CLD_EXITED && !status->si_status;

	(void)source;
	sweep->pid = 0;
	finish(sweep, whole ? NULL : "broke off");
	sweep_free(sweep);
	return 0;
}

/* In the kernel it dies when it pleases; nothing of it runs any more that could report */
static int on_time(sd_event_source *source, uint64_t now, void *context)
{
	struct sweep *sweep = context;

	(void)source;
	(void)now;
	kill(sweep->pid, SIGKILL);
	finish(sweep, "took too long");
	return 0;
}

static _Noreturn void run(const struct sweep_options *options, struct report *report, pid_t parent)
{
	/* a controller that is killed has its successor do it */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "bailiwickd-sweep");
	if (getppid() != parent)
		_exit(1);
	urgent_child();
	takeback_run(options->find, options->find_context, options->kill, report);
	_exit(0);
}

int sweep_start(sd_event *loop, const struct sweep_options *options, sweep_done_fn *done,
		void *context, struct sweep **ret)
{
	struct sweep *sweep = calloc(1, sizeof(*sweep));
	pid_t parent = getpid();
	int r;

	if (!sweep)
		return -ENOMEM;
	sweep->done = done;
	sweep->context = context;
	sweep->report = report_new();
	if (!sweep->report) {
		sweep_free(sweep);
		return -ENOMEM;
	}
	sweep->pid = fork();
	if (sweep->pid == 0)
		run(options, sweep->report, parent);
	r = sweep->pid < 0 ? -errno : 0;
	if (r == 0)
		urgent_lend(sweep->pid);
	if (r >= 0)
		r = sd_event_add_child(loop, &sweep->exit_source, sweep->pid, WEXITED, on_exit_, sweep);
	if (r >= 0)
		r = sd_event_add_time_relative(loop, &sweep->timer, CLOCK_MONOTONIC,
					       options->seconds * 1000000u, 100000, on_time, sweep);
	/* a flood of anything else in the loop must not put these off */
	if (r >= 0)
		r = sd_event_source_set_priority(sweep->timer, SWEEP_PRIORITY);
	if (r >= 0)
		r = sd_event_source_set_priority(sweep->exit_source, SWEEP_PRIORITY);
	if (r < 0) {
		sweep_stop(sweep);
		return r;
	}
	*ret = sweep;
	return 0;
}
