// SPDX-License-Identifier: Apache-2.0
/* Cost of one open+close, in guest instructions: run it in the machine with --icount. */
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void open_close(const char *path, unsigned int times)
{
	unsigned int i;
	int fd;

	for (i = 0; i < times; i++) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			err(1, "%s", path);
		close(fd);
	}
}

/* One of the machine's instructions is one nanosecond there (icount shift=0). */
static uint64_t cost(const char *path)
{
	enum { ROUNDS = 5, TIMES = 200 };
	uint64_t best = UINT64_MAX, start, spent;
	int i;

	open_close(path, TIMES);
	for (i = 0; i < ROUNDS; i++) {
		start = now();
		open_close(path, TIMES);
		spent = (now() - start) / TIMES;
		/* The smallest round is the one no timer interrupt fell into. */
		if (spent < best)
			best = spent;
	}
	return best;
}

static void become(const char *login_uid)
{
	int fd = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, login_uid, strlen(login_uid)) < 0)
		err(1, "login uid %s", login_uid);
	close(fd);
}

int main(int argc, char **argv)
{
	int i;

	if (argc < 4)
		errx(64, "usage: open-close NAME LOGIN-UID|- PATH...");
	if (strcmp(argv[2], "-"))
		become(argv[2]);
	for (i = 3; i < argc; i++)
		printf("%-24s %-40s %6llu\n", argv[1], argv[i],
		       (unsigned long long)cost(argv[i]));
	return 0;
}
