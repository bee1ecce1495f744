// SPDX-License-Identifier: Apache-2.0
/* While a class is protected, what holds it is nobody's to change: files, pins, control groups, code. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "harness.h"
#include "doors.h"
#include "role.h"
#include "scene.h"

#define PLACE SCENE "/own"
#define PINS "/sys/fs/bpf/bailiwick"
#define CORE_PATTERN "/proc/sys/kernel/core_pattern"
#define SAYS(call) ({ long said_ = (call); said_ < 0 ? -errno : said_; })

/* --- what stands there --------------------------------------------------------------------- */

/*
 * Every way of changing act->path, one bit each; the bits of those that worked.  None
 * of them does harm when it works: it is undone at once, as far as it can be.
 */
enum {
	WRITTEN = 1, APPENDED = 2, REMOVED = 4, MOVED = 8, REPLACED = 16, LINKED = 32,
	CHANGED = 64, COVERED = 128, TAGGED = 256,
};

static long change(struct act *act)
{
	char other[600];
	struct stat st;
	long done = 0;
	int fd;

	snprintf(other, sizeof(other), "%s.other", act->path);
	if (stat(act->path, &st))
		return -EUCLEAN;
	fd = open(act->path, O_WRONLY | O_CLOEXEC);
	done |= fd >= 0 ? WRITTEN : 0;
	close(fd);
	fd = open(act->path, O_WRONLY | O_APPEND | O_CLOEXEC);
	done |= fd >= 0 ? APPENDED : 0;
	close(fd);
	if (!rename(act->path, other) && !rename(other, act->path))
		done |= MOVED;
	if (!rename(PLACE "/mine", act->path))
		done |= REPLACED;
	if (!link(act->path, PLACE "/link") && !unlink(PLACE "/link"))
		done |= LINKED;
	if (!chmod(act->path, st.st_mode & 07777))
		done |= CHANGED;
	if (!mount(PLACE "/mine", act->path, NULL, MS_BIND, NULL) && !umount(act->path))
		done |= COVERED;
	if (!setxattr(act->path, "trusted.bw", "x", 1, 0) && !removexattr(act->path, "trusted.bw"))
		done |= TAGGED;
	if (!act->number && !unlink(act->path))
		done |= REMOVED;
	return done;
}

FIXTURE(file)
{
	struct act act;
};

FIXTURE_VARIANT(file)
{
	const char *path;
};

#define OWN_FILE(name, where) FIXTURE_VARIANT_ADD(file, name) { .path = where };
OWN_FILE(controller, "/usr/sbin/bailiwickd")
OWN_FILE(command, "/usr/bin/bailiwick")
OWN_FILE(canary, "/usr/lib/bailiwick/canary")
OWN_FILE(unit, "/usr/lib/systemd/system/bailiwick.service")
OWN_FILE(settings, "/etc/bailiwick")
OWN_FILE(state, "/var/lib/bailiwick")
OWN_FILE(socket, "/run/bailiwick/ctl.sock")
OWN_FILE(link, PINS "/links/file_open")
OWN_FILE(map, PINS "/maps/bw_slots")
OWN_FILE(library, "/usr/lib/x86_64-linux-gnu/libbpf.so.1")
OWN_FILE(loader, "/lib64/ld-linux-x86-64.so.2")
OWN_FILE(cores, CORE_PATTERN)

FIXTURE_SETUP(file)
{
	struct stat st;

	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	scene_directory(PLACE);
	scene_file("mine", PLACE "/mine");
	/* By the name the kernel gives it: a symbolic link to it is another object. */
	ASSERT_TRUE(realpath(variant->path, self->act.path) != NULL);
	ASSERT_EQ(0, stat(self->act.path, &st));
}

FIXTURE_TEARDOWN(file)
{
	EXPECT_TRUE(scene_there("%s", self->act.path));
	EXPECT_TRUE(scene_holds("mine", PLACE "/mine"));
	EXPECT_EQ(0, run_command("bailiwick status"));
}

TEST_F(file, unchanged_by_root)
{
	EXPECT_EQ(0, act_as(FREE, change, &self->act)) {
		TH_LOG("%#lx", self->act.result);
	}
}

static long look(struct act *act)
{
	struct stat st;
	int fd;

	if (stat(act->path, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return 0;
	/* A pin is a regular file that cannot be opened as one. */
	fd = open(act->path, O_RDONLY | O_CLOEXEC);
	close(fd);
	return fd < 0 && strncmp(act->path, PINS, sizeof(PINS) - 1) ? -errno : 0;
}

TEST_F(file, seen_by_root)
{
	EXPECT_EQ(0, act_as(FREE, look, &self->act));
}

/* A role that may change every file may change these: how a package is upgraded. */
static long keep_mode(struct act *act)
{
	struct stat st;

	if (stat(act->path, &st))
		return -errno;
	return SAYS(chmod(act->path, st.st_mode & 07777));
}

TEST_F(file, changed_by_whose_role_says_so)
{
	long result = act_as(DOORLESS, keep_mode, &self->act);

	/* Of /proc/sys nobody changes the mode. */
	EXPECT_EQ(strcmp(self->act.path, CORE_PATTERN) ? 0 : -EPERM, result);
	EXPECT_GT(0, act_as(FREE, keep_mode, &self->act));
}

/* --- what is not there yet ------------------------------------------------------------------ */

static long make(struct act *act)
{
	long done = 0;
	int fd = open(act->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0 && !unlink(act->path))
		done |= 1;
	close(fd);
	if (!mkdir(act->path, 0700) && !rmdir(act->path))
		done |= 2;
	if (!symlink(PLACE "/mine", act->path) && !unlink(act->path))
		done |= 4;
	if (!link(PLACE "/mine", act->path) && !unlink(act->path))
		done |= 8;
	if (!rename(PLACE "/mine", act->path) && !rename(act->path, PLACE "/mine"))
		done |= 16;
	return done;
}

TEST(nothing_new)
{
	static const char *const names[] = {
		"/etc/bailiwick/more", "/var/lib/bailiwick/more", "/usr/lib/bailiwick/more",
		"/etc/systemd/system/bailiwick.service", "/run/systemd/system/bailiwick.service",
		"/usr/lib/x86_64-linux-gnu/libnss_more.so.2", PINS "/more",
	};
	struct act act = { 0 };

	scene_directory(PLACE);
	scene_file("mine", PLACE "/mine");
	run_command("mkdir -p /run/systemd/system /etc/systemd/system");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path_set(&act, "%s", names[i]);
		EXPECT_EQ(0, act_as(FREE, make, &act)) {
			TH_LOG("%s: %#lx", names[i], act.result);
		}
	}
	path_set(&act, "/usr/lib/more");
	EXPECT_LT(0, act_as(FREE, make, &act));
}

/* --- the directories above -------------------------------------------------------------------- */

/* 1 when it is mounted over the act's path; whether it can be taken off again is another question. */
static long covers(const struct act *act, const char *what, const char *type, unsigned long flags,
		   const char *options)
{
	if (mount(what, act->path, type, flags, options))
		return 0;
	if (umount2(act->path, MNT_DETACH))
		perror("a mount that stays");
	return 1;
}

/* What is put over a directory has the paths of what lay in it. */
static long cover(struct act *act)
{
	long done = covers(act, "none", "tmpfs", 0, NULL) |
		    covers(act, PLACE, NULL, MS_BIND, NULL) << 1 |
		    covers(act, "overlay", "overlay", 0, "lowerdir=" PLACE ":/usr") << 2;

	snprintf(act->other, sizeof(act->other), "%.400s.other", act->path);
	if (!rename(act->path, act->other) && !rename(act->other, act->path))
		done |= 8;
	return done;
}

static long cover_in_namespace(struct act *act)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -EUCLEAN;
	return SAYS(mount(PLACE, act->path, NULL, MS_BIND, NULL));
}

TEST(directories_above)
{
	static const char *const above[] = { "/usr/sbin", "/usr", "/etc", "/var/lib", "/sys/fs/bpf",
					     "/usr/lib/x86_64-linux-gnu" };
	struct act act = { 0 };

	scene_directory(PLACE);
	scene_file("mine", PLACE "/mine");
	for (size_t i = 0; i < sizeof(above) / sizeof(above[0]); i++) {
		path_set(&act, "%s", above[i]);
		EXPECT_EQ(0, act_as(FREE, cover, &act)) {
			TH_LOG("%s: %#lx", above[i], act.result);
		}
		EXPECT_EQ(0, act_as(FREE, cover_in_namespace, &act));
	}
	scene_directory(SCENE "/desk");
	path_set(&act, SCENE "/desk");
	EXPECT_EQ(7, act_as(FREE, cover, &act) & 7);
}

/* A file an overlay changes is changed where it lies. */
static long through_overlay(struct act *act)
{
	int fd;

	if (mount("overlay", PLACE "/merged", "overlay", 0,
		  "lowerdir=" PLACE "/lower,upperdir=/etc/bailiwick,workdir=/etc/bw-work"))
		return -errno;
	fd = open(PLACE "/merged/more", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	close(fd);
	umount2(PLACE "/merged", MNT_DETACH);
	return fd < 0 ? -EACCES : 0;
}

TEST(through_an_overlay)
{
	struct act act = { 0 };

	scene_directory(PLACE "/lower");
	scene_directory(PLACE "/merged");
	scene_directory("/etc/bw-work");
	EXPECT_GT(0, act_as(FREE, through_overlay, &act));
	EXPECT_FALSE(scene_there("/etc/bailiwick/more"));
}

/* --- control groups ------------------------------------------------------------------------------ */

static long write_there(struct act *act)
{
	int fd = open(act->path, O_WRONLY | O_CLOEXEC);
	long result = fd < 0 ? -errno : SAYS(write(fd, act->other, strlen(act->other)));

	close(fd);
	return result;
}

#define GROUP "/sys/fs/cgroup/system.slice"

static long make_group(struct act *act)
{
	return SAYS(mkdir(act->path, 0755));
}

TEST(control_group)
{
	static const char *const files[] = { GROUP "/bailiwick.service/cgroup.procs",
					     GROUP "/bailiwick.service/cgroup.freeze",
					     GROUP "/bailiwick.service/cgroup.kill",
					     GROUP "/cgroup.freeze", GROUP "/cgroup.kill" };
	struct act act = { 0 };

	/* Without systemd nobody made it; a group is made by whose role says so. */
	run_command("mkdir -p " GROUP);
	path_set(&act, GROUP "/bailiwick.service");
	EXPECT_GT(0, act_as(FREE, make_group, &act));
	ASSERT_EQ(0, scene_there("%s", act.path) ? 0 : act_as(DOORLESS, make_group, &act));
	other_set(&act, "1");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		path_set(&act, "%s", files[i]);
		ASSERT_TRUE(scene_there("%s", act.path));
		EXPECT_EQ(-EACCES, act_as(FREE, write_there, &act)) {
			TH_LOG("%s", act.path);
		}
	}
	run_command("mkdir -p " GROUP "/bw-other.service");
	other_set(&act, "0");
	path_set(&act, GROUP "/bw-other.service/cgroup.freeze");
	EXPECT_EQ(1, act_as(FREE, write_there, &act));
}

/* --- where the memory of the dying goes ------------------------------------------------------------ */

TEST(core_pattern)
{
	struct act act = { 0 };

	path_set(&act, CORE_PATTERN);
	other_set(&act, "|/srv/bw/bin/payload");
	EXPECT_EQ(-EACCES, act_as(FREE, write_there, &act));
	other_set(&act, "core");
	EXPECT_EQ(4, act_as(DOORLESS, write_there, &act));
	EXPECT_LT(0, act_as(FREE, act_read, &act));
}

/* --- the controller's code --------------------------------------------------------------------------- */

#define PRELOAD "LD_PRELOAD=%s %s --version 2>&1 | grep -q 'cannot be preloaded'"
#define LIBRARY "/usr/lib/x86_64-linux-gnu/libz.so.1"

TEST(library_before_the_controllers)
{
	ASSERT_EQ(0, run_command("mkdir -p " PLACE " && cp " LIBRARY " " PLACE "/before.so"));
	EXPECT_EQ(0, run_command(PRELOAD, PLACE "/before.so", "/usr/sbin/bailiwickd"));
	EXPECT_EQ(0, run_command("/usr/sbin/bailiwickd --version"));
	/* One that is the controller's anyway, and somebody else's program */
	EXPECT_EQ(1, run_command(PRELOAD " && exit 0; exit 1", LIBRARY, "/usr/sbin/bailiwickd"));
	EXPECT_EQ(1, run_command(PRELOAD " && exit 0; exit 1", PLACE "/before.so", "/bin/ls"));
}

#define DUMP "map dump pinned " PINS "/maps/bw_control"

/* Another program at its path, for whoever made that namespace. */
TEST(program_at_its_path)
{
	ASSERT_EQ(0, run_command("mkdir -p " PLACE "/sbin && cp $(command -v bpftool) " PLACE
				 "/sbin/bailiwickd"));
	EXPECT_EQ(0, run_command("unshare -m sh -c 'mount --bind " PLACE "/sbin /usr/sbin && "
				 "/usr/sbin/bailiwickd map show >/dev/null && "
				 "! /usr/sbin/bailiwickd " DUMP "'"));
	EXPECT_EQ(0, run_command("! chroot / unshare -m sh -c 'mount --bind " PLACE "/sbin/bailiwickd "
				 "/usr/sbin/bailiwickd'"));
}

TEST_HARNESS_MAIN
