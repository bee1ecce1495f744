// SPDX-License-Identifier: Apache-2.0
/* Bringing the journal to disk: many records with one sync */
#include "daemon/commit.h"

static sd_event_source *timer;

static int on_time(sd_event_source *source, uint64_t now, void *context)
{
	struct controller *controller = context;

	(void)source;
	(void)now;
	recorder_sync(controller->recorder);
	return 0;
}

/* After each turn of the loop in which anything happened */
static int on_post(sd_event_source *source, void *context)
{
	struct controller *controller = context;
	int64_t due = journal_sync_due(recorder_journal(controller->recorder));
	int enabled = SD_EVENT_OFF, r;

	(void)source;
	sinks_pump(controller->sinks);
	sd_event_source_get_enabled(timer, &enabled);
	if (due < 0 || enabled != SD_EVENT_OFF)
		return 0;
	r = sd_event_source_set_time(timer, (uint64_t)due / 1000);
	return r < 0 ? r : sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

int commit_start(struct controller *controller)
{
	int r = sd_event_add_time(controller->loop, &timer, CLOCK_MONOTONIC, 0, 1000, on_time,
				  controller);

	if (r >= 0)
		r = sd_event_source_set_enabled(timer, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_source_set_floating(timer, true);
	if (r >= 0)
		sd_event_source_unref(timer);
	return r < 0 ? r : sd_event_add_post(controller->loop, NULL, on_post, controller);
}
