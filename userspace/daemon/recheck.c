/* SPDX-License-Identifier: Apache-2.0 */
/* Open files are judged again only while something open is still to be taken back */
#include "daemon/recheck.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "daemon/subjects.h"
#include "load/open.h"
#include "load/recheck.h"

#define SOON 200000u		/* microseconds to the next look: what began has ended by then */
#define SWEEP 60000000u
#define SLOWEST 10000000u
#define SHARE 20u		/* a look may take one part in so many of the time */
#define CLEAN_LOOKS 2u

struct recheck {
	struct controller *controller;
	sd_event_source *look;
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
	(void)item;
	(void)path;
	++*(uint64_t *)context;
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

static int on_look(sd_event_source *source, uint64_t now, void *context)
{
	struct recheck *recheck = context;
	struct enforcement *enforcement = recheck->controller->enforcement;
	uint64_t before = now_us();
	int r;

	(void)source;
	(void)now;
	recheck_notice(recheck);
	if (!recheck->controller->version) {
		look_in(recheck, SLOWEST);	/* no policy: nothing is forbidden, nothing known */
		return 0;
	}
	recheck->found = 0;
	r = enforcement_scan(enforcement, recheck_kinds(), count_open, &recheck->found);
	if (r < 0 || recheck->found)
		not_clean(recheck, r, now_us() - before);
	else
		all_clean(recheck);
	return 0;
}

int recheck_begin(struct recheck *recheck, const char *reason, struct buffer *why)
{
	int r;

	if (!recheck)
		return 0;
	r = enforcement_recheck_attach(recheck->controller->enforcement, why);
	if (r < 0)
		return r;
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
	say(recheck, "nobody has looked yet at what is open");
	r = sd_event_add_time_relative(controller->loop, &recheck->look, CLOCK_MONOTONIC, SOON, 0,
				       on_look, recheck);
	if (r < 0) {
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
	sd_event_source_disable_unref(recheck->look);
	free(recheck);
	return NULL;
}
