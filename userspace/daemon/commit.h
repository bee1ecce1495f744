/* SPDX-License-Identifier: Apache-2.0 */
/* Bringing the journal to disk: many records with one sync */
#ifndef BAILIWICK_DAEMON_COMMIT_H
#define BAILIWICK_DAEMON_COMMIT_H

#include "daemon/controller.h"

/**
 * commit_start() - from now on nothing appended waits longer for the disk than configured
 *
 * After whatever appended, a timer is set for the oldest record that is not on
 * disk; when it ends, one sync takes everything appended until then.
 *
 * Return: 0 or a negative errno.
 */
int commit_start(struct controller *controller);

#endif
