/* SPDX-License-Identifier: Apache-2.0 */
/* Time, users and groups: what makes the policy in force change by itself */
#ifndef BAILIWICK_DAEMON_WATCH_H
#define BAILIWICK_DAEMON_WATCH_H

#include <stdint.h>

#include "image/reader.h"

struct controller;
struct watch;

/** watch_start() - timers and file watches; 0 or a negative errno */
int watch_start(struct controller *controller, struct watch **ret);

/** watch_stop() - NULL is fine; returns NULL */
struct watch *watch_stop(struct watch *watch);

/** watch_rearm() - another image is in force: look when its next assignment ends; NULL is fine */
void watch_rearm(struct watch *watch);

/**
 * watch_fingerprint() - who the image's users and groups are at present
 *
 * Asks the name services, so it may wait: only for a child process.
 */
uint64_t watch_fingerprint(const struct image *image);

#endif
