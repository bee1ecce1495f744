// SPDX-License-Identifier: Apache-2.0
/* Changes that are in force, until what running processes hold was looked at */
#include "daemon/aftermath.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "daemon/news.h"
#include "daemon/recheck.h"
#include "daemon/sweep.h"

static void begin(struct aftermath *aftermath);

static void answer(struct change *change, struct report *report)
{
	struct change_result result = {
		.message = change->message,
		.diagnostics = change->compiled ? change->compiled : "",
		.version = change->version,
		.report = report,
		.times = change->times,
	};

	for (int i = 0; report && i < REPORT_TIME_COUNT; i++)
		if (report_totals(report)->times.at[i])
			result.times.at[i] = report_totals(report)->times.at[i];
	if (change->done)
		change->done(change->context, &result);
	change->done = NULL;
}

static void on_swept(void *context, struct report *report)
{
	struct aftermath *aftermath = context;
	struct change *change;

	aftermath->sweep = NULL;
	while ((change = aftermath->swept)) {
		aftermath->swept = change->next;
		if (report)
			news_taken_back(aftermath->controller, change, report);
		answer(change, report);
		change_free(change);
	}
	begin(aftermath);
}

/* It looks at what is in force now, so one does for all that came into force meanwhile */
static int sweep(struct aftermath *aftermath)
{
	struct sweep_options options = {
		.find = aftermath->find,
		.find_context = aftermath->find_context,
		.seconds = SWEEP_SECONDS,
	};
	int r;

	aftermath->swept = aftermath->waiting;
	aftermath->waiting = NULL;
	for (struct change *change = aftermath->swept; change; change = change->next)
		options.kill |= change->kill;
	if (!options.find)
		return -EOPNOTSUPP;
	recheck_yield(aftermath->controller->recheck);
	r = sweep_start(aftermath->controller->loop, &options, on_swept, aftermath,
			&aftermath->sweep);
	if (r < 0)
		controller_say(LOG_ERR, "cannot look at what running processes hold: %s",
			       strerror(-r));
	return r;
}

static void begin(struct aftermath *aftermath)
{
	if (!aftermath->sweep && aftermath->waiting && sweep(aftermath) < 0)
		on_swept(aftermath, NULL);
}

void aftermath_begin(struct aftermath *aftermath, struct change *change)
{
	if (aftermath->sweep || aftermath->waiting || change->kill || !aftermath->find ||
	    change->kind == CHANGE_START)
		return;
	change->next = NULL;
	aftermath->waiting = change;
	if (sweep(aftermath) < 0)
		aftermath->swept = NULL;
}

static bool is_swept(const struct aftermath *aftermath, const struct change *change)
{
	for (const struct change *c = aftermath->swept; c; c = c->next)
		if (c == change)
			return true;
	return false;
}

void aftermath_drop(struct aftermath *aftermath, const struct change *change)
{
	if (is_swept(aftermath, change))	/* then it is the only one */
		aftermath->swept = NULL;
}

void aftermath_add(struct aftermath *aftermath, struct change *change, const char *why,
		   const char *diagnostics)
{
	change->message = why ? strdup(why) : NULL;
	change->compiled = diagnostics ? strdup(diagnostics) : NULL;
	if (is_swept(aftermath, change))
		return;
	/* a machine that starts waits for the policy alone */
	if (change->kind == CHANGE_START)
		answer(change, NULL);
	change->next = aftermath->waiting;
	aftermath->waiting = change;
	begin(aftermath);
}

static void free_list(struct change *change)
{
	while (change) {
		struct change *next = change->next;

		change_free(change);
		change = next;
	}
}

void aftermath_done(struct aftermath *aftermath)
{
	sweep_stop(aftermath->sweep);
	free_list(aftermath->waiting);
	free_list(aftermath->swept);
	*aftermath = (struct aftermath){ 0 };
}
