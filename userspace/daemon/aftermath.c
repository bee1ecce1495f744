// SPDX-License-Identifier: Apache-2.0
/* Changes that are in force, until what running processes hold was looked at */
#include "daemon/aftermath.h"

#include <string.h>
#include <syslog.h>

#include "daemon/news.h"
#include "daemon/sweep.h"

static void begin(struct aftermath *aftermath);

static void answer(struct change *change, struct report *report)
{
	struct change_result result = {
		.message = change->message,
		.diagnostics = change->compiled ? change->compiled : "",
		.version = change->version,
		.report = report,
	};

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
static void begin(struct aftermath *aftermath)
{
	struct sweep_options options = {
		.find = aftermath->find,
		.find_context = aftermath->find_context,
		.seconds = SWEEP_SECONDS,
	};
	int r = 0;

	if (aftermath->sweep || !aftermath->waiting)
		return;
	aftermath->swept = aftermath->waiting;
	aftermath->waiting = NULL;
	for (struct change *change = aftermath->swept; change; change = change->next)
		options.kill |= change->kill;
	if (options.find)
		r = sweep_start(aftermath->controller->loop, &options, on_swept, aftermath,
				&aftermath->sweep);
	if (r < 0)
		controller_say(LOG_ERR, "cannot look at what running processes hold: %s",
			       strerror(-r));
	if (r < 0 || !options.find)
		on_swept(aftermath, NULL);
}

void aftermath_add(struct aftermath *aftermath, struct change *change, const char *why,
		   const char *diagnostics)
{
	change->message = why ? strdup(why) : NULL;
	change->compiled = diagnostics ? strdup(diagnostics) : NULL;
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
