/* SPDX-License-Identifier: Apache-2.0 */
/* What needs more than a client: handed to the program that has every verb */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "ctl/output.h"
#include "ctl/verb.h"

#define INSTALLED "/usr/lib/bailiwick/commands"

/*
 * The program that was built with this one: bin/bailiwick has it in lib/bailiwick,
 * one that was not installed beside it.  Without /proc nobody can tell where this
 * one is.
 */
static void find_program(char path[PATH_MAX])
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	snprintf(path, PATH_MAX, "%s", INSTALLED);
	if (n <= 0)
		return;
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (!slash)
		return;
	*slash = '\0';
	slash = strrchr(self, '/');
	if (slash && !strcmp(slash, "/bin")) {
		*slash = '\0';
		n = snprintf(path, PATH_MAX, "%s/lib/bailiwick/commands", self);
	} else {
		n = snprintf(path, PATH_MAX, "%s/commands", self);
	}
	if (n >= PATH_MAX)
		snprintf(path, PATH_MAX, "%s", INSTALLED);
}

int verb_apart(const struct invocation *invocation)
{
	_cleanup_free_ char *words = strdup(invocation->argv[0]);
	_cleanup_free_ char **argv = calloc((size_t)invocation->argc + 6, sizeof(*argv));
	char option[] = "--socket", path[PATH_MAX];
	char *rest = words, *word;
	int n = 0;

	if (!words || !argv)
		return out_of_memory();
	/* "bailiwick policy check": the options in front come behind the first word. */
	argv[n++] = strsep(&rest, " ");
	argv[n++] = option;
	argv[n++] = (char *)invocation->socket;
	while ((word = strsep(&rest, " ")))
		argv[n++] = word;
	memcpy(argv + n, invocation->argv + 1, ((size_t)invocation->argc - 1) * sizeof(*argv));
	find_program(path);
	execv(path, argv);
	complain("%s: %s", path, strerror(errno));
	return EX_OSERR;
}
