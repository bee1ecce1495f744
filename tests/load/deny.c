// SPDX-License-Identifier: Apache-2.0
/* Opens that are refused, as fast as they can be: by one process, or by many */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../bench/operations.h"

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Opens numbers @first, @first + @step, … of all; the files are taken in turn */
static void open_all(const char *directory, unsigned long first, unsigned long step,
		     unsigned long opens, unsigned long files)
{
	char path[256];

	for (unsigned long i = first; i < opens; i += step) {
		snprintf(path, sizeof(path), "%s/%lu", directory, i % files);
		if (open(path, O_RDONLY | O_CLOEXEC) >= 0 || errno != EACCES)
			err(1, "%s was not refused", path);
	}
}

int main(int argc, char **argv)
{
	unsigned long processes, opens, files;
	uint64_t begun, spent;
	int status, failed = 0;

	if (argc < 5)
		errx(64, "usage: deny PROCESSES OPENS FILES DIRECTORY [PROFILE]");
	processes = strtoul(argv[1], NULL, 10);
	opens = strtoul(argv[2], NULL, 10);
	files = strtoul(argv[3], NULL, 10);
	if (!processes || !files)
		errx(64, "neither may be 0");
	if (argc > 5 && confine_apparmor(argv[5]))
		err(1, "profile %s", argv[5]);
	begun = now();
	for (unsigned long i = 0; i < processes; i++) {
		pid_t child = fork();

		if (child < 0)
			err(1, "fork");
		if (!child) {
			open_all(argv[4], i, processes, opens, files);
			_exit(0);
		}
	}
	while (wait(&status) > 0)
		failed |= status;
	spent = now() - begun;
	printf("{\"processes\":%lu,\"opens\":%lu,\"seconds\":%.2f}\n", processes, opens,
	       (double)spent / 1e9);
	return failed ? 1 : 0;
}
