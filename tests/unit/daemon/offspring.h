/* SPDX-License-Identifier: Apache-2.0 */
/* The child a test's code under test began */
#ifndef TESTS_DAEMON_OFFSPRING_H
#define TESTS_DAEMON_OFFSPRING_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The process this one began and that still runs, 0 for none. */
static inline pid_t find_offspring(void)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	assert_non_null(processes);
	while (!found && (entry = readdir(processes)) != NULL) {
		char path[300], text[512] = "", state, *after;
		pid_t pid = atoi(entry->d_name);
		int fd, parent;

		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		fd = pid > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
		if (fd < 0)
			continue;
		if (read(fd, text, sizeof(text) - 1) > 0 && (after = strrchr(text, ')')) != NULL &&
		    sscanf(after + 1, " %c %d", &state, &parent) == 2 && state != 'Z' &&
		    parent == getpid())
			found = pid;
		close(fd);
	}
	closedir(processes);
	return found;
}

#endif
