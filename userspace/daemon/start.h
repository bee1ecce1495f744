/* SPDX-License-Identifier: Apache-2.0 */
/* From nothing to a policy in force, and what keeps it followed */
#ifndef BAILIWICK_DAEMON_START_H
#define BAILIWICK_DAEMON_START_H

#include "daemon/controller.h"

/**
 * start_enforcement() - load or take over, and queue what brings the policy into force
 *
 * A machine that cannot enforce is no failure of the start: `status` says so,
 * and whoever asks for a change is told.  The service manager is told that the
 * controller is ready once the policy is in force (or why it is not).
 *
 * Return: 0 or a negative errno (memory, the loop).
 */
int start_enforcement(struct controller *controller);

/** start_module() - load the module where there is one; waits for modprobe, seconds at most */
void start_module(void);

#endif
