// SPDX-License-Identifier: Apache-2.0
/* Priority: nobody puts off the loss of his rights by keeping the processors busy */
#include "daemon/urgent.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

#define STRONGEST (-20)

static unsigned int depth;

static int make(pid_t pid, int policy)
{
	const struct sched_param how = { .sched_priority = policy == SCHED_RR };

	return sched_setscheduler(pid, policy | SCHED_RESET_ON_FORK, &how) < 0 ? -errno : 0;
}

static int become(int policy)
{
	return make(0, policy);
}

/* RLIMIT_RTTIME: it has computed for so long that it may be in a loop */
static void on_limit(int number)
{
	int error = errno;

	(void)number;
	become(SCHED_OTHER);
	errno = error;
}

int urgent_start(uint64_t seconds)
{
	const struct rlimit limit = { seconds * 1000000u, RLIM_INFINITY };
	const struct sigaction action = { .sa_handler = on_limit, .sa_flags = SA_RESTART };

	if (setrlimit(RLIMIT_RTTIME, &limit) < 0 || sigaction(SIGXCPU, &action, NULL) < 0 ||
	    setpriority(PRIO_PROCESS, 0, STRONGEST) < 0)
		return -errno;
	return become(SCHED_OTHER);
}

void urgent_begin(void)
{
	if (!depth++)
		become(SCHED_RR);
}

void urgent_end(void)
{
	if (!--depth)
		become(SCHED_OTHER);
}

void urgent_child(void)
{
	setpriority(PRIO_PROCESS, 0, STRONGEST);
	become(SCHED_RR);
}

void urgent_lend(pid_t child)
{
	make(child, SCHED_RR);
}

bool urgent_now(void)
{
	return (sched_getscheduler(0) & ~SCHED_RESET_ON_FORK) == SCHED_RR;
}
