// SPDX-License-Identifier: Apache-2.0
/* The program the exec tests try to run: says that it ran, and what it may. */
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * payload               prints "ran"
 * payload NAME          and the content of that file, or "errno N"
 * payload run PROGRAM…  and becomes that program
 * payload fork PROGRAM… and has a child that does
 * payload serve         and answers each NAME on standard input in that way
 * payload move A B      moves what is mounted on A to B
 * payload snapshot SUBVOLUME DIRECTORY NAME
 */
static int show(const char *name)
{
	char text[256];
	ssize_t n;
	int fd;

	fd = open(name, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	if (n < 0) {
		dprintf(STDOUT_FILENO, "errno %d\n", errno);
		return 1;
	}
	close(fd);
	return write(STDOUT_FILENO, text, n) == n ? 0 : 1;
}

/* One name a read: who asks waits for the answer. */
static int serve(void)
{
	char name[256];
	ssize_t n;

	while ((n = read(STDIN_FILENO, name, sizeof(name) - 1)) > 0) {
		name[n] = '\0';
		show(name);
	}
	return 0;
}

static int told(long result)
{
	if (result < 0)
		dprintf(STDOUT_FILENO, "errno %d\n", errno);
	return result < 0;
}

/* mount(8) has the older system call for this. */
static int move(const char *from, const char *to)
{
	return told(syscall(SYS_move_mount, AT_FDCWD, from, AT_FDCWD, to, 0));
}

static int snapshot(const char *subvolume, const char *directory, const char *name)
{
	struct btrfs_ioctl_vol_args what = { .fd = open(subvolume, O_RDONLY | O_CLOEXEC) };
	int fd = open(directory, O_RDONLY | O_CLOEXEC);

	snprintf(what.name, sizeof(what.name), "%s", name);
	return told(ioctl(fd, BTRFS_IOC_SNAP_CREATE, &what));
}

int main(int argc, char **argv)
{
	dprintf(STDOUT_FILENO, "ran\n");
	if (argc < 2)
		return 0;
	if (!strcmp(argv[1], "serve"))
		return serve();
	if (argc > 2 && !strcmp(argv[1], "fork") && fork())
		return wait(NULL) < 0;
	if (argc > 2 && (!strcmp(argv[1], "run") || !strcmp(argv[1], "fork"))) {
		execv(argv[2], argv + 2);
		dprintf(STDOUT_FILENO, "errno %d\n", errno);
		return 1;
	}
	if (argc == 4 && !strcmp(argv[1], "move"))
		return move(argv[2], argv[3]);
	if (argc == 5 && !strcmp(argv[1], "snapshot"))
		return snapshot(argv[2], argv[3], argv[4]);
	return show(argv[1]);
}
