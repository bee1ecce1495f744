/* SPDX-License-Identifier: Apache-2.0 */
/* A confined child, run beside the event loop: never waited for */
#ifndef BAILIWICK_DAEMON_CHILD_H
#define BAILIWICK_DAEMON_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "daemon/confine.h"

/* Output of the child that is kept; the rest is read, counted and thrown away */
#define CHILD_OUTPUT_MAX (256u << 10)

struct child;

/**
 * struct child_result - how it ended
 * @exit:	its exit code, or -1 when a signal, the time or a limit ended it
 * @how:	why, in words, when @exit is -1
 * @out:	standard output; valid during the callback
 * @err:	standard error
 */
struct child_result {
	int exit;
	const char *how;
	const struct buffer *out;
	const struct buffer *err;
};

/** child_done_fn - called once, from the loop; the child is freed afterwards */
typedef void child_done_fn(void *context, const struct child_result *result);

/** struct child_options - what to run and how */
struct child_options {
	const char *path;		/* of the program, absolute */
	char *const *argv;
	const struct confinement *confinement;	/* NULL: it confines itself */
	int fd;				/* becomes descriptor 3; -1 for none */
	uint64_t seconds;		/* then it is killed */
	bool urgent;			/* see daemon/urgent.h; its processor time is limited anyway */
};

/**
 * child_start() - start it
 * @ret:	to be stopped with child_stop(); belongs to the loop otherwise
 *
 * Return: 0 or a negative errno (then @done is not called).
 */
int child_start(sd_event *loop, const struct child_options *options, child_done_fn *done,
		void *context, struct child **ret);

/** child_stop() - kill it, without calling back; NULL is fine; returns NULL */
struct child *child_stop(struct child *child);

#endif
