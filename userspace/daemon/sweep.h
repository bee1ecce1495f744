/* SPDX-License-Identifier: Apache-2.0 */
/* The sweep after a change: a child takes back, the event loop goes on */
#ifndef BAILIWICK_DAEMON_SWEEP_H
#define BAILIWICK_DAEMON_SWEEP_H

#include <systemd/sd-event.h>

#include "daemon/report.h"
#include "daemon/takeback.h"

#define SWEEP_SECONDS 120	/* then what it has is the report, marked as incomplete */

struct sweep;

/** sweep_done_fn - called once, from the loop; the sweep is freed afterwards, @report borrowed */
typedef void sweep_done_fn(void *context, struct report *report);

/**
 * struct sweep_options - what to do
 * @find:	runs in the child, as takeback_run() asks it
 * @kill:	end the processes that still hold something
 * @seconds:	for all of it
 */
struct sweep_options {
	finder_fn *find;
	void *find_context;
	bool kill;
	uint64_t seconds;
};

/**
 * sweep_start() - start it
 * @ret:	to be stopped with sweep_stop(); belongs to the loop otherwise
 *
 * Return: 0 or a negative errno (then @done is not called).
 */
int sweep_start(sd_event *loop, const struct sweep_options *options, sweep_done_fn *done,
		void *context, struct sweep **ret);

/** sweep_stop() - end it, without calling back; NULL is fine; returns NULL */
struct sweep *sweep_stop(struct sweep *sweep);

#endif
