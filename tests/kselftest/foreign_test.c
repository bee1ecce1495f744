// SPDX-License-Identifier: Apache-2.0
/* File systems that are not where they seem, or whose master is not the administrator. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "role.h"
#include "scene.h"

/*
 *   /srv/bw/all/mount   CLERK holds every right on names below it, but
 *     ├── a second /proc            is labelled /proc/…
 *     ├── a second /sys             is labelled /sys/…
 *     └── tmpfs of a user namespace is labelled untrusted
 */
FIXTURE(foreign)
{
	struct act act;
};

FIXTURE_SETUP(foreign)
{
	memset(&self->act, 0, sizeof(self->act));
	self->act.flags = O_RDONLY;
	scene_all();
	umount2(SCENE "/all/mount", MNT_DETACH);
	scene_directory(SCENE "/all/mount");
}

FIXTURE_TEARDOWN(foreign)
{
	umount2(SCENE "/all/mount", MNT_DETACH);
}

TEST_F(foreign, second_proc)
{
	ASSERT_EQ(0, mount("proc", SCENE "/all/mount", "proc", 0, NULL));
	path_set(&self->act, SCENE "/all/mount/version");
	EXPECT_LT(0, act_here(act_read, &self->act));
	EXPECT_EQ(-EACCES, act_as(CLERK, act_read, &self->act));
	EXPECT_STREQ("", self->act.text);
}

TEST_F(foreign, second_sys)
{
	ASSERT_EQ(0, mount("sysfs", SCENE "/all/mount", "sysfs", 0, NULL));
	path_set(&self->act, SCENE "/all/mount/kernel/notes");
	EXPECT_LT(0, act_here(act_read, &self->act));
	EXPECT_EQ(-EACCES, act_as(CLERK, act_read, &self->act));
}

/* The twin: a tmpfs mounted from the initial namespace carries the names below it. */
TEST_F(foreign, ordinary_mount)
{
	ASSERT_EQ(0, mount("tmpfs", SCENE "/all/mount", "tmpfs", 0, NULL));
	scene_file(PLAIN, SCENE "/all/mount/file");
	path_set(&self->act, SCENE "/all/mount/file");
	EXPECT_LT(0, act_as(CLERK, act_read, &self->act));
	EXPECT_STREQ(PLAIN, self->act.text);
}

/* Where a process in a user namespace of its own waits until it is mapped; 0 when it is. */
static int enter_namespace(int ready, int mapped)
{
	char byte = 0;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return 2;
	return write(ready, &byte, 1) != 1 || read(mapped, &byte, 1) != 1 ? 3 : 0;
}

/* Its number; `then` is what it does there, with the act. */
static pid_t in_namespace(struct __test_metadata *_metadata, int (*then)(struct act *act),
			  struct act *act)
{
	static const char *const maps[] = { "uid_map", "gid_map" };
	int ready[2], mapped[2], fd, failed;
	char byte, name[64];
	pid_t pid;

	ASSERT_EQ(0, pipe(ready));
	ASSERT_EQ(0, pipe(mapped));
	pid = fork();
	if (!pid) {
		failed = enter_namespace(ready[1], mapped[0]);
		_exit(failed ? failed : then(act));
	}
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++) {
		snprintf(name, sizeof(name), "/proc/%d/%s", pid, maps[i]);
		fd = open(name, O_WRONLY);
		ASSERT_EQ(9, write(fd, "0 0 65536", 9));
		close(fd);
	}
	ASSERT_EQ(1, write(mapped[1], &byte, 1));
	return pid;
}

static int status_of(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Mount, fill and let the clerk in there look */
static int look_from_namespace(struct act *act)
{
	if (mount("tmpfs", SCENE "/all/mount", "tmpfs", 0, NULL))
		return 4;
	scene_file(PLAIN, SCENE "/all/mount/file");
	path_set(act, SCENE "/all/mount/file");
	if (act_here(act_read, act) <= 0)
		return 5;
	act_as(CLERK, act_read, act);
	return act->result == -EACCES && !act->text[0] ? 0 : 6;
}

TEST_F(foreign, mounted_from_a_user_namespace)
{
	EXPECT_EQ(0, status_of(in_namespace(_metadata, look_from_namespace, &self->act)));
}

#define BROUGHT 99		/* the descriptor of a mount without a place */

static int make_mount(struct act *act)
{
	int fs = syscall(SYS_fsopen, "tmpfs", 0), fd;

	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) ||
	    dup2(syscall(SYS_fsmount, fs, 0, 0), BROUGHT) < 0)
		return 4;
	fd = openat(BROUGHT, "file", O_WRONLY | O_CREAT, 0644);
	if (fd < 0 || write(fd, PLAIN, strlen(PLAIN)) < 0)
		return 5;
	close(fd);
	raise(SIGSTOP);
	return 0;
}

/*
 * Who is master of the filesystem is not who mounted it: its owner in the user namespace
 * writes what he likes, at paths that a policy trusts.
 */
TEST_F(foreign, brought_from_a_user_namespace)
{
	pid_t pid = in_namespace(_metadata, make_mount, &self->act);
	int status, process, made;

	ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
	ASSERT_TRUE(WIFSTOPPED(status));
	process = syscall(SYS_pidfd_open, pid, 0);
	made = syscall(SYS_pidfd_getfd, process, BROUGHT, 0);
	ASSERT_LE(0, made);
	EXPECT_EQ(0, syscall(SYS_move_mount, made, "", AT_FDCWD, SCENE "/all/mount",
			     MOVE_MOUNT_F_EMPTY_PATH));
	path_set(&self->act, SCENE "/all/mount/file");
	EXPECT_LT(0, act_here(act_read, &self->act));
	EXPECT_STREQ(PLAIN, self->act.text);
	memset(self->act.text, 0, sizeof(self->act.text));
	EXPECT_EQ(-EACCES, act_as(CLERK, act_read, &self->act));
	EXPECT_STREQ("", self->act.text);
	kill(pid, SIGCONT);
	EXPECT_EQ(0, status_of(pid));
	close(made);
	close(process);
}

TEST_HARNESS_MAIN
