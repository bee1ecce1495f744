/* SPDX-License-Identifier: Apache-2.0 */
/* When to look at the names of files with several hard links, and what could not be looked at */
#ifndef BAILIWICK_DAEMON_LINKS_H
#define BAILIWICK_DAEMON_LINKS_H

#include "daemon/controller.h"

/** links_start() - look now, and at every filesystem that is mounted; 0 or a negative errno */
int links_start(struct controller *controller, struct links **ret);

/** links_stop() - NULL is fine; returns NULL */
struct links *links_stop(struct links *links);

/** links_wanted() - another image is in force: look at everything again; NULL is fine */
void links_wanted(struct links *links);

/** links_tick() - call it every second; NULL is fine */
void links_tick(struct links *links);

/**
 * links_gaps() - what is not enforced for want of looking, in words, one call each
 *
 * NULL is fine: then nothing was looked at.
 */
void links_gaps(const struct links *links, void (*tell)(void *context, const char *why),
		void *context);

#endif
