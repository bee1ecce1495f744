// SPDX-License-Identifier: Apache-2.0
/* Operations on processes: fork, and running a program that ends at once. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "operations.h"

static int reap(pid_t child)
{
	int status;

	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	errno = ECHILD;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int fork_exit(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return reap(child);
}

static int vfork_exec(void)
{
	static char *const argv[] = {"nothing", NULL};
	static char *const envp[] = {NULL};
	pid_t child = vfork();

	if (child == 0) {
		execve(BENCH_PROGRAM, argv, envp);
		_exit(1);
	}
	return reap(child);
}

const struct operation process_operations[] = {
	{"exec", 4, NULL, vfork_exec, 0},
	{"fork+exit+wait", 4, NULL, fork_exit, 0},
	{0},
};
