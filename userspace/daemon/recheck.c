/* SPDX-License-Identifier: Apache-2.0 */
/* Open files are judged again only while something open is still to be taken back */
#include "daemon/recheck.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>

#include "daemon/change.h"
#include "daemon/subjects.h"
#include "load/open.h"
#include "load/recheck.h"

#define SOON 200000u		/* microseconds to the next look: what began has ended by then */
#define SWEEP 60000000u
#define SLOWEST 10000000u
#define SHARE 20u		/* a look may take one part in so many of the time */
#define CLEAN_LOOKS 2u

/* Of the child that looks: among ten thousand processes it takes seconds */
struct outcome {
	uint64_t found;
	uint64_t unproved;		/* of these: disks and rings, which may be forbidden */
	int error;
};

struct recheck {
	struct controller *controller;
	sd_event_source *look;
	sd_event_source *end;		/* of the child */
	pid_t child;			/* 0 for none */
	bool late;			/* what it finds says nothing any more */
	struct outcome *outcome;	/* shared with it */
	uint64_t begun;			/* it was, microseconds */
	uint64_t wanted;		/* the kernel's count, as of the last look */
	uint64_t found;
	uint64_t pause;			/* microseconds, grows while things stay open */
	unsigned int clean;		/* looks in a row that found nothing */
	char text[192];
};

static void say(struct recheck *recheck, const char *reason)
{
	snprintf(recheck->text, sizeof(recheck->text), "%s", reason);
}

static void look_in(struct recheck *recheck, uint64_t microseconds)
{
	sd_event_source_set_time_relative(recheck->look, microseconds);
	sd_event_source_set_enabled(recheck->look, SD_EVENT_ONESHOT);
}

static int count_open(void *context, const struct bailiwick_open *item, const char *path)
{
	struct outcome *outcome = context;

	(void)path;
	outcome->found++;
	outcome->unproved += item->kind == BAILIWICK_OPEN_RING || item->kind == BAILIWICK_OPEN_DISK;
	return 0;
}

/* Does the hook have to stay for what is not open now? */
static bool grant_ends(struct recheck *recheck)
{
	const struct image *image = controller_image(recheck->controller);

	if (!image)
		return true;	/* in force and not known here: who knows what it grants */
	return subjects_next_end(image, time(NULL)) != 0;
}

static void detach(struct recheck *recheck)
{
	struct enforcement *enforcement = recheck->controller->enforcement;
	struct buffer why = { 0 };
	uint64_t wanted = 0;
	int r = enforcement_recheck_detach(enforcement, &why);

	if (r == -EBUSY) {
		say(recheck, "the module lets go of nothing while it is sealed, or while a policy "
		    "waits to be confirmed");
	} else if (r < 0) {
		controller_say(LOG_WARNING, "the recheck of open files stays attached: %s",
			       why.data ? why.data : "");
		say(recheck, "it cannot be taken off");
	} else {
		say(recheck, "nothing that is open is forbidden to its holder");
	}
	buffer_done(&why);
	look_in(recheck, SWEEP);
	/* asked for between the look and the end of the hook */
	if (enforcement_recheck_wanted(enforcement, &wanted) < 0 || wanted != recheck->wanted)
		recheck_notice(recheck);
}

/* Nothing forbidden is open, as far as one look can tell. */
static void all_clean(struct recheck *recheck)
{
	if (!enforcement_recheck_attached(recheck->controller->enforcement)) {
		look_in(recheck, SWEEP);
	} else if (++recheck->clean < CLEAN_LOOKS) {
		look_in(recheck, SOON);
	} else if (grant_ends(recheck)) {
		say(recheck, "a grant has an end, which must hold without the controller");
		look_in(recheck, SLOWEST);
	} else {
		detach(recheck);
	}
}

static void not_clean(struct recheck *recheck, int r, uint64_t took)
{
	struct buffer why = { 0 };

	recheck->clean = 0;
	if (!enforcement_recheck_attached(recheck->controller->enforcement) &&
	    recheck_begin(recheck, "", &why) < 0)
		controller_say(LOG_ERR, "open files are not judged again: %s",
			       why.data ? why.data : "");
	buffer_done(&why);
	if (r < 0)
		snprintf(recheck->text, sizeof(recheck->text), "what is open cannot be told: %s",
			 strerror(-r));
	else if (recheck->found == recheck->outcome->unproved)
		snprintf(recheck->text, sizeof(recheck->text),
			 "%llu disks or rings are open, of which nobody can tell once and for all",
			 (unsigned long long)recheck->found);
	else
		snprintf(recheck->text, sizeof(recheck->text),
			 "%llu things are open that their holders may not use any more",
			 (unsigned long long)recheck->found);
	recheck->pause = recheck->pause ? recheck->pause * 2 : SOON;
	if (recheck->pause > SLOWEST)
		recheck->pause = SLOWEST;
	look_in(recheck, recheck->pause > took * SHARE ? recheck->pause : took * SHARE);
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static void judge(struct recheck *recheck, int r)
{
	recheck->found = recheck->outcome->found;
	if (r < 0 || recheck->found)
		not_clean(recheck, r, now_us() - recheck->begun);
	else
		all_clean(recheck);
}

static int on_end(sd_event_source *source, const siginfo_t *status, void *context)
{
	struct recheck *recheck = context;
	bool whole = status->si_code == CLD_EXITED && !status->si_status;

	(void)source;
	recheck->child = 0;
	recheck->end = sd_event_source_disable_unref(recheck->end);
	if (recheck->late) {
		look_in(recheck, SOON);
		return 0;
	}
	judge(recheck, whole ? recheck->outcome->error : -ECHILD);
	return 0;
}

static _Noreturn void run_look(struct recheck *recheck, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "bailiwickd-look");
	if (getppid() != parent)
		_exit(1);
	recheck->outcome->error = enforcement_scan(recheck->controller->enforcement, recheck_kinds(),
						   count_open, recheck->outcome);
	_exit(0);
}

static void start_look(struct recheck *recheck)
{
	pid_t parent = getpid();
	int r;

	*recheck->outcome = (struct outcome){ 0 };
	recheck->begun = now_us();
	recheck->late = false;
	recheck_kinds();	/* asked for once, here: it is remembered */
	recheck->child = fork();
	if (recheck->child == 0)
		run_look(recheck, parent);
	r = recheck->child < 0 ? -errno :
	    sd_event_add_child(recheck->controller->loop, &recheck->end, recheck->child, WEXITED,
			       on_end, recheck);
	if (r >= 0)
		return;
	if (recheck->child > 0) {
		kill(recheck->child, SIGKILL);
		waitpid(recheck->child, NULL, 0);
	}
	recheck->child = 0;
	judge(recheck, r);
}

static int on_look(sd_event_source *source, uint64_t now, void *context)
{
	struct recheck *recheck = context;

	(void)source;
	(void)now;
	recheck_notice(recheck);
	if (!recheck->controller->version)
		look_in(recheck, SLOWEST);	/* no policy: nothing is forbidden, nothing known */
	else if (changes_sweeping(recheck->controller->changes))
		look_in(recheck, SOON);		/* one looks at a time */
	else if (!recheck->child)
		start_look(recheck);
	return 0;
}

/* What is looked at may have changed since.  In the kernel it dies when it pleases: no waiting */
void recheck_yield(struct recheck *recheck)
{
	if (!recheck || !recheck->child)
		return;
	recheck->late = true;
	kill(recheck->child, SIGKILL);
}

int recheck_begin(struct recheck *recheck, const char *reason, struct buffer *why)
{
	int r;

	if (!recheck)
		return 0;
	r = enforcement_recheck_attach(recheck->controller->enforcement, why);
	if (r < 0)
		return r;
	recheck_yield(recheck);
	say(recheck, reason);
	recheck->clean = 0;
	recheck->pause = 0;
	look_in(recheck, SOON);
	return 0;
}

void recheck_notice(struct recheck *recheck)
{
	struct buffer why = { 0 };
	uint64_t wanted;

	if (!recheck || enforcement_recheck_wanted(recheck->controller->enforcement, &wanted) < 0 ||
	    wanted == recheck->wanted)
		return;
	recheck->wanted = wanted;
	if (recheck_begin(recheck, "a process has become another subject", &why) < 0)
		controller_say(LOG_ERR, "open files are not judged again: %s",
			       why.data ? why.data : "");
	buffer_done(&why);
}

void recheck_tick(struct recheck *recheck)
{
	if (!recheck)
		return;
	enforcement_recheck_promise(recheck->controller->enforcement);
	recheck_notice(recheck);
}

const char *recheck_text(const struct recheck *recheck)
{
	return recheck ? recheck->text : "this machine does not enforce";
}

int recheck_start(struct controller *controller, struct recheck **ret)
{
	struct recheck *recheck = calloc(1, sizeof(*recheck));
	int r;

	if (!recheck)
		return -ENOMEM;
	recheck->controller = controller;
	recheck->outcome = mmap(NULL, sizeof(*recheck->outcome), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (recheck->outcome == MAP_FAILED) {
		free(recheck);
		return -ENOMEM;
	}
	say(recheck, "nobody has looked yet at what is open");
	r = sd_event_add_time_relative(controller->loop, &recheck->look, CLOCK_MONOTONIC, SOON, 0,
				       on_look, recheck);
	if (r < 0) {
		munmap(recheck->outcome, sizeof(*recheck->outcome));
		free(recheck);
		return r;
	}
	*ret = recheck;
	return 0;
}

struct recheck *recheck_stop(struct recheck *recheck)
{
	if (!recheck)
		return NULL;
	recheck_yield(recheck);
	sd_event_source_disable_unref(recheck->look);
	munmap(recheck->outcome, sizeof(*recheck->outcome));
	free(recheck);
	return NULL;
}
