/* SPDX-License-Identifier: Apache-2.0 */
/* Whether this machine lets a test have real-time priority */
#ifndef TESTS_UNIT_DAEMON_URGENCY_H
#define TESTS_UNIT_DAEMON_URGENCY_H

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/urgent.h"

/* Tried in a child: the test itself stays as it is */
static bool urgent_possible(void)
{
	const struct sched_param lowest = { .sched_priority = 1 };
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(sched_setscheduler(0, SCHED_RR, &lowest) < 0);
	return waitpid(pid, &status, 0) == pid && status == 0;
}

#endif
