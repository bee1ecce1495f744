/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers for monitoring: a file that is replaced, and a process that serves them */
#ifndef BAILIWICK_DAEMON_EXPORTER_H
#define BAILIWICK_DAEMON_EXPORTER_H

#include <systemd/sd-event.h>

#include "base/buffer.h"
#include "daemon/config.h"
#include "daemon/confine.h"

struct exporter;

/** exporter_gather_fn - the numbers as text; 0 or a negative errno */
typedef int exporter_gather_fn(void *context, struct buffer *out);

/**
 * struct exporter_setting - what it works with; all borrowed
 * @config:	its metrics_* members
 * @program:	that serves
 * @confinement: of that program; it may serve besides
 * @gather:	called when somebody wants the numbers, at most once a second
 */
struct exporter_setting {
	sd_event *loop;
	const struct config *config;
	const char *program;
	const struct confinement *confinement;
	exporter_gather_fn *gather;
	void *context;
};

/**
 * exporter_start() - write the file now and then, start the program
 *
 * What does not work is said in the log and tried again.  Where nothing is
 * configured *ret stays NULL.
 *
 * Return: 0 or a negative errno.
 */
int exporter_start(const struct exporter_setting *setting, struct exporter **ret);

/** exporter_stop() - NULL is fine; returns NULL.  The file is removed: nobody renews it */
struct exporter *exporter_stop(struct exporter *exporter);

#endif
