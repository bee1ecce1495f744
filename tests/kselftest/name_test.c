// SPDX-License-Identifier: Apache-2.0
/* Other names for the same object: none of them is another object. */
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
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "role.h"
#include "scene.h"

/*
 *              /srv/bw/all/…            a route made there by the unconfined side
 *                  │
 *                  ▼
 *   secret   CLERK ──╳──▶ /srv/bw/secret/marker     no rule names it
 *   vault    FREE  ──╳──▶ /srv/bw/vault/marker      protected
 *   plain    CLERK ─────▶ /srv/bw/all/plain         the same route must work here
 */
FIXTURE(route)
{
	struct act act;
	struct actor *actor;
};

FIXTURE_VARIANT(route)
{
	uid_t login;
	const char *directory, *name;
	bool works;
};

FIXTURE_VARIANT_ADD(route, secret) {
	.login = CLERK, .directory = SCENE "/secret", .name = "marker" };
FIXTURE_VARIANT_ADD(route, vault) {
	.login = FREE, .directory = SCENE "/vault", .name = "marker" };
FIXTURE_VARIANT_ADD(route, plain) {
	.login = CLERK, .directory = SCENE "/all", .name = "plain", .works = true };

FIXTURE_SETUP(route)
{
	memset(&self->act, 0, sizeof(self->act));
	self->act.flags = O_RDONLY;
	self->actor = NULL;
	scene_all();
	umount2(SCENE "/all/mount", MNT_DETACH);
	umount2(SCENE "/all/file-mount", MNT_DETACH);
	scene_gone(SCENE "/all/mount");
	scene_gone(SCENE "/all/link");
	scene_directory(SCENE "/all/mount");
	scene_file("", SCENE "/all/file-mount");
}

/* What was mounted on a place that is nobody's can be taken off it, whatever it was. */
static bool unmounted(const char *place)
{
	return !umount2(place, MNT_DETACH) || errno == EINVAL || errno == ENOENT;
}

FIXTURE_TEARDOWN(route)
{
	actor_stop(self->actor);
	EXPECT_TRUE(unmounted(SCENE "/all/mount"));
	EXPECT_TRUE(unmounted(SCENE "/all/file-mount"));
	scene_gone(SCENE "/all/link");
}

/* The name self->act.path, by the subject of the variant */
#define EXPECT_ROUTE(act_name)                                                 \
	do {                                                                   \
		struct act *tried = &self->act;                                \
									       \
		if (!self->actor)                                              \
			self->actor = actor_start(                             \
				&(struct subject){ .login = variant->login }); \
		actor_do(self->actor, act_name, tried);                        \
		EXPECT_EQ(variant->works, strstr(tried->text, "may-see") != NULL) { \
			TH_LOG("%s: %ld", tried->path, tried->result);         \
		}                                                              \
		if (!variant->works)                                           \
			EXPECT_GT(0, tried->result);                           \
	} while (0)

TEST_F(route, itself)
{
	path_set(&self->act, "%s/%s", variant->directory, variant->name);
	EXPECT_ROUTE(act_read);
}

TEST_F(route, dots_and_slashes)
{
	path_set(&self->act, SCENE "/all/.././/%s//./%s",
		 strrchr(variant->directory, '/') + 1, variant->name);
	EXPECT_ROUTE(act_read);
}

TEST_F(route, symlink)
{
	char target[256];

	snprintf(target, sizeof(target), "%s/%s", variant->directory, variant->name);
	ASSERT_EQ(0, symlink(target, SCENE "/all/link"));
	path_set(&self->act, SCENE "/all/link");
	EXPECT_ROUTE(act_read);
}

TEST_F(route, symlink_to_the_directory)
{
	ASSERT_EQ(0, symlink(variant->directory, SCENE "/all/link"));
	path_set(&self->act, SCENE "/all/link/%s", variant->name);
	EXPECT_ROUTE(act_read);
}

TEST_F(route, bind_mount_of_the_directory)
{
	/* The vault may refuse to be mounted; then there is no route. */
	int mounted = !mount(variant->directory, SCENE "/all/mount", NULL, MS_BIND, NULL);

	ASSERT_TRUE(mounted || variant->login == FREE);
	path_set(&self->act, SCENE "/all/mount/%s", variant->name);
	EXPECT_ROUTE(act_read);
}

TEST_F(route, bind_mount_of_the_file)
{
	char file[256];
	int mounted;

	snprintf(file, sizeof(file), "%s/%s", variant->directory, variant->name);
	mounted = !mount(file, SCENE "/all/file-mount", NULL, MS_BIND, NULL);
	ASSERT_TRUE(mounted || variant->login == FREE);
	path_set(&self->act, SCENE "/all/file-mount");
	if (mounted || variant->works)
		EXPECT_ROUTE(act_read);
}

TEST_F(route, bind_mount_of_the_root)
{
	struct stat root, scene;
	bool apart;		/* a filesystem of its own: that one's root */

	ASSERT_EQ(0, stat("/", &root) | stat(SCENE, &scene));
	apart = root.st_dev != scene.st_dev;
	ASSERT_EQ(0, mount(apart ? SCENE : "/", SCENE "/all/mount", NULL, MS_BIND, NULL));
	path_set(&self->act, SCENE "/all/mount%s/%s",
		 variant->directory + (apart ? strlen(SCENE) : 0), variant->name);
	EXPECT_ROUTE(act_read);
}

TEST_F(route, private_mount_namespace)
{
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	mount(variant->directory, SCENE "/all/mount", NULL, MS_BIND, NULL);
	path_set(&self->act, SCENE "/all/mount/%s", variant->name);
	EXPECT_ROUTE(act_read);
}

TEST_F(route, root_of_a_process)
{
	path_set(&self->act, "/proc/self/root%s/%s", variant->directory, variant->name);
	EXPECT_ROUTE(act_read);
}

TEST_F(route, directory_entered_before)
{
	ASSERT_EQ(0, chdir(variant->directory));
	path_set(&self->act, "%s", variant->name);
	EXPECT_ROUTE(act_read);
	path_set(&self->act, "/proc/self/cwd/%s", variant->name);
	EXPECT_ROUTE(act_read);
}

/* Of an unconfined process: what it may do is not what the asker may do. */
TEST_F(route, directory_of_another_process)
{
	if (variant->works)
		SKIP(return, "a process that is not one's own may be closed altogether");
	ASSERT_EQ(0, chdir(variant->directory));
	path_set(&self->act, "/proc/%d/cwd/%s", getpid(), variant->name);
	EXPECT_ROUTE(act_read);
	path_set(&self->act, "/proc/%d/root%s/%s", getpid(), variant->directory, variant->name);
	EXPECT_ROUTE(act_read);
}

TEST_F(route, chroot)
{
	/* The actor is born in there; the caller must get out again for the teardown. */
	int outside = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	ASSERT_EQ(0, chroot(variant->directory));
	ASSERT_EQ(0, fchdir(outside));
	ASSERT_EQ(0, chroot("."));
	scene_directory(SCENE "/cell/etc");
	scene_file("", SCENE "/cell/etc/passwd");
	scene_directory(SCENE "/cell/proc");
	scene_directory(SCENE "/cell/inside");
	mount("proc", SCENE "/cell/proc", "proc", 0, NULL);
	mount(variant->directory, SCENE "/cell/inside", NULL, MS_BIND, NULL);
	ASSERT_EQ(0, chroot(SCENE "/cell"));
	path_set(&self->act, "/inside/%s", variant->name);
	EXPECT_ROUTE(act_read);
	ASSERT_EQ(0, fchdir(outside));
	ASSERT_EQ(0, chroot("."));
	umount2(SCENE "/cell/proc", MNT_DETACH);
	umount2(SCENE "/cell/inside", MNT_DETACH);
}

/* In there it is called /srv/bw/all/…, which the clerk may read; it is not that. */
TEST_F(route, chroot_with_a_familiar_name)
{
	const char *cell = variant->works ? SCENE "/all/cell" : SCENE "/secret/cell";
	int outside = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (variant->login == FREE)
		SKIP(return, "no name is familiar to who has no role");
	scene_directory("%s" SCENE "/all", cell);
	scene_directory("%s/etc", cell);
	scene_directory("%s/proc", cell);
	scene_file("", "%s/etc/passwd", cell);
	scene_file(variant->works ? PLAIN : MARKER, "%s" SCENE "/all/plain", cell);
	path_set(&self->act, "%s/proc", cell);
	mount("proc", self->act.path, "proc", 0, NULL);
	ASSERT_EQ(0, chroot(cell));
	path_set(&self->act, SCENE "/all/plain");
	EXPECT_ROUTE(act_read);
	ASSERT_EQ(0, fchdir(outside));
	ASSERT_EQ(0, chroot("."));
	path_set(&self->act, "%s/proc", cell);
	umount2(self->act.path, MNT_DETACH);
}

static long read_below_descriptor(struct act *act)
{
	int fd = openat(act->descriptor, act->path, O_RDONLY | O_CLOEXEC);
	long result = fd < 0 ? -errno : read(fd, act->text, sizeof(act->text) - 1);

	if (fd >= 0)
		close(fd);
	return result;
}

TEST_F(route, below_an_inherited_descriptor)
{
	self->act.descriptor = open(variant->directory, O_PATH | O_DIRECTORY);
	ASSERT_LE(0, self->act.descriptor);
	path_set(&self->act, "%s", variant->name);
	EXPECT_ROUTE(read_below_descriptor);
}

TEST_F(route, inherited_descriptor_that_only_names)
{
	char file[256];
	int fd;

	snprintf(file, sizeof(file), "%s/%s", variant->directory, variant->name);
	fd = open(file, O_PATH);
	ASSERT_LE(0, fd);
	path_set(&self->act, "/proc/self/fd/%d", fd);
	EXPECT_ROUTE(act_read);
}

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif

/* A mount that is nowhere: it has no place in any tree to be named from. */
TEST_F(route, detached_mount)
{
	self->act.descriptor = syscall(SYS_open_tree, AT_FDCWD, variant->directory,
				       OPEN_TREE_CLONE);
	ASSERT_TRUE(self->act.descriptor >= 0 || variant->login == FREE);
	path_set(&self->act, "%s", variant->name);
	EXPECT_ROUTE(read_below_descriptor);
}

TEST_F(route, overlay)
{
	char options[512];

	if (variant->works)
		SKIP(return, "what is allowed below another name is not promised");
	ASSERT_EQ(0, mount("tmpfs", SCENE "/all/mount", "tmpfs", 0, NULL));
	scene_directory(SCENE "/all/mount/upper");
	scene_directory(SCENE "/all/mount/work");
	scene_directory(SCENE "/all/mount/merged");
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s/upper,workdir=%s/work",
		 variant->directory, SCENE "/all/mount", SCENE "/all/mount");
	if (!mount("overlay", SCENE "/all/mount/merged", "overlay", 0, options)) {
		path_set(&self->act, SCENE "/all/mount/merged/%s", variant->name);
		EXPECT_ROUTE(act_read);
		umount2(SCENE "/all/mount/merged", MNT_DETACH);
	} else {
		ASSERT_EQ(FREE, variant->login);
	}
}

/* --- file handles ------------------------------------------------------------------- */

static long read_by_handle(struct act *act)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} h = { .handle.handle_bytes = MAX_HANDLE_SZ };
	int mount_id, fd, result;

	if (name_to_handle_at(AT_FDCWD, act->path, &h.handle, &mount_id, 0))
		return -errno;
	fd = open_by_handle_at(act->descriptor, &h.handle, O_RDONLY);
	if (fd < 0)
		return -errno;
	result = read(fd, act->text, sizeof(act->text) - 1);
	result = result < 0 ? -errno : result;
	close(fd);
	return result;
}

/*
 *   CAPABLE holds every capability, and read on /srv/bw/all/ alone
 */
FIXTURE(handle)
{
	struct act act;
};

FIXTURE_SETUP(handle)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	self->act.descriptor = open(SCENE, O_RDONLY | O_DIRECTORY);
	path_set(&self->act, SECRET);
	if (act_here(read_by_handle, &self->act) == -EOPNOTSUPP)
		SKIP(return, "this file system has no file handles");
	ASSERT_NE(NULL, strstr(self->act.text, MARKER));
}

FIXTURE_TEARDOWN(handle)
{
}

TEST_F(handle, plain)
{
	path_set(&self->act, SCENE "/all/plain");
	EXPECT_LT(0, act_as(CAPABLE, read_by_handle, &self->act));
}

TEST_F(handle, secret)
{
	EXPECT_EQ(-EACCES, act_as(CAPABLE, read_by_handle, &self->act));
	EXPECT_EQ(NULL, strstr(self->act.text, MARKER));
}

TEST_F(handle, without_the_capability)
{
	path_set(&self->act, SCENE "/all/plain");
	EXPECT_EQ(-EPERM, act_as(CLERK, read_by_handle, &self->act));
}

TEST_F(handle, vault)
{
	path_set(&self->act, VAULT);
	EXPECT_EQ(-EACCES, act_here(read_by_handle, &self->act));
	EXPECT_EQ(NULL, strstr(self->act.text, MARKER));
}

/* --- deep, long and racing ------------------------------------------------------------ */

FIXTURE(extreme)
{
	struct act act;
	struct actor *clerk;
};

FIXTURE_SETUP(extreme)
{
	memset(&self->act, 0, sizeof(self->act));
	self->act.flags = O_RDONLY;
	scene_all();
	self->clerk = NULL;
}

FIXTURE_TEARDOWN(extreme)
{
	actor_stop(self->clerk);
}

/* Make and enter @depth directories below @top, leave a file in the last */
static bool deep_down(const char *top, int depth, const char *content)
{
	int fd;

	if (chdir(top))
		return false;
	while (depth--)
		if ((mkdir("d", 0755) && errno != EEXIST) || chdir("d"))
			return false;
	fd = open("file", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, content, strlen(content)) < 0)
		return false;
	close(fd);
	return true;
}

/*
 *   /srv/bw/all/d/d/d/…     1000 levels: allowed as at the first
 *   /srv/bw/secret/d/d/d/…  1000 levels: closed as at the first
 *   /srv/bw/all/d/d/d/…     2500 levels: more than is looked at, so closed
 */
TEST_F(extreme, deep_allowed)
{
	ASSERT_TRUE(deep_down(SCENE "/all", 1000, PLAIN));
	path_set(&self->act, "file");
	EXPECT_LT(0, act_as(CLERK, act_read, &self->act));
	EXPECT_STREQ(PLAIN, self->act.text);
}

TEST_F(extreme, deep_secret)
{
	ASSERT_TRUE(deep_down(SCENE "/secret", 1000, MARKER));
	path_set(&self->act, "file");
	EXPECT_EQ(-EACCES, act_as(CLERK, act_read, &self->act));
}

/* Made shallow and moved down: at 2500 levels not even root may make anything. */
TEST_F(extreme, too_deep)
{
	int bottom, top;

	scene_gone(SCENE "/all/sunk");
	scene_directory(SCENE "/all/sunk");
	ASSERT_TRUE(deep_down(SCENE "/all", 1500, PLAIN));
	bottom = open(".", O_PATH | O_DIRECTORY);
	ASSERT_TRUE(deep_down(SCENE "/all/sunk", 1100, MARKER));
	ASSERT_EQ(0, chdir(SCENE "/all"));
	top = open("sunk", O_PATH | O_DIRECTORY);
	ASSERT_LE(0, top);
	if (renameat(AT_FDCWD, "sunk", bottom, "sunk")) {
		/* Refused: what would become unnameable stays where it is. */
		ASSERT_EQ(EACCES, errno);
		return;
	}
	ASSERT_EQ(0, fchdir(top));
	for (int i = 0; i < 1100; i++)
		ASSERT_EQ(0, chdir("d"));
	path_set(&self->act, "file");
	EXPECT_EQ(-EACCES, act_as(CLERK, act_read, &self->act));
	EXPECT_EQ(0, renameat(bottom, "sunk", AT_FDCWD, SCENE "/all/sunk"));
}

TEST_F(extreme, longest_name)
{
	char name[256];

	memset(name, 'n', 255);
	name[255] = '\0';
	scene_file(PLAIN, SCENE "/all/%s", name);
	scene_file(MARKER, SCENE "/secret/%s", name);
	path_set(&self->act, SCENE "/all/%s", name);
	EXPECT_LT(0, act_as(CLERK, act_read, &self->act));
	path_set(&self->act, SCENE "/secret/%s", name);
	EXPECT_EQ(-EACCES, act_as(CLERK, act_read, &self->act));
}

/* Bytes that mean something to a pattern or a terminal mean nothing in a name. */
TEST_F(extreme, odd_names)
{
	static const char *const names[] = { "*", "?", "**", "[a-z]", "{a,b}", "\\", "a\nb",
		"\033[31m", "\xff\xfe", " ", "..." };

	self->clerk = actor_start(&(struct subject){ .login = CLERK });
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		scene_file(PLAIN, SCENE "/all/%s", names[i]);
		scene_file(MARKER, SCENE "/secret/%s", names[i]);
		path_set(&self->act, SCENE "/all/%s", names[i]);
		EXPECT_LT(0, actor_do(self->clerk, act_read, &self->act));
		path_set(&self->act, SCENE "/secret/%s", names[i]);
		EXPECT_EQ(-EACCES, actor_do(self->clerk, act_read, &self->act));
	}
}

/* act->number: rounds.  Stops at the first marker. */
static long read_often(struct act *act)
{
	long reads = 0;

	while (act->number--) {
		if (act_read(act) > 0)
			reads++;
		if (strstr(act->text, MARKER))
			return -EUCLEAN;
	}
	return reads;
}

/*
 *   /srv/bw/all/swap ──▶ plain            another process exchanges the two
 *   /srv/bw/all/pws  ──▶ ../secret/…      while the clerk reads "swap"
 */
TEST_F(extreme, name_swapped_while_opening)
{
	struct timespec soon = { .tv_nsec = 1000000 };

	scene_gone(SCENE "/all/swap");
	scene_gone(SCENE "/all/pws");
	ASSERT_EQ(0, symlink("plain", SCENE "/all/swap"));
	ASSERT_EQ(0, symlink(SECRET, SCENE "/all/pws"));
	self->clerk = actor_start(&(struct subject){ .login = CLERK });
	path_set(&self->act, SCENE "/all/swap");
	self->act.number = 3000;
	actor_begin(self->clerk, read_often, &self->act);
	while (!actor_ended(self->clerk, &self->act)) {
		for (int i = 0; i < 64; i++)
			syscall(SYS_renameat2, AT_FDCWD, SCENE "/all/swap", AT_FDCWD,
				SCENE "/all/pws", 2 /* RENAME_EXCHANGE */);
		nanosleep(&soon, NULL);
	}
	EXPECT_LT(0, self->act.result);
}

/*
 * The same with the object itself moving between two labels: what is read is
 * decided by where it is, whatever was remembered.
 */
TEST_F(extreme, file_moved_while_opening)
{
	struct timespec soon = { .tv_nsec = 10000000 };

	scene_file(MARKER, SCENE "/secret/racer");
	scene_file(PLAIN, SCENE "/all/racer");
	self->clerk = actor_start(&(struct subject){ .login = CLERK });
	path_set(&self->act, SCENE "/all/racer");
	self->act.number = 3000;
	actor_begin(self->clerk, read_often, &self->act);
	while (!actor_ended(self->clerk, &self->act)) {
		/* The secret one never has a name below all. */
		for (int i = 0; i < 64; i++) {
			rename(SCENE "/all/racer", SCENE "/secret/racer-2");
			rename(SCENE "/secret/racer-2", SCENE "/all/racer");
		}
		nanosleep(&soon, NULL);
	}
	EXPECT_LT(0, self->act.result);
}

/* act->number: rounds; how many of them read the file */
static long read_every_time(struct act *act)
{
	long reads = 0;

	while (act->number--)
		if (act_read(act) > 0)
			reads++;
	return reads;
}

static pid_t storm(const char *one, const char *other)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	close(open(one, O_CREAT | O_WRONLY, 0644));
	for (;;) {
		rename(one, other);
		rename(other, one);
	}
}

/*
 *   anybody            renames files of no interest, as fast as it can
 *   CLERK, FREE ─────▶ all/plain: nothing on the way to it moves, so it opens every time
 */
TEST_F(extreme, names_moving_elsewhere)
{
	pid_t storms[2] = { storm("/tmp/storm-a", "/tmp/storm-b"),
			    storm("/tmp/storm-c", "/tmp/storm-d") };

	path_set(&self->act, SCENE "/all/plain");
	self->act.number = 1000;
	EXPECT_EQ(1000, act_as(CLERK, read_every_time, &self->act));
	self->act.number = 1000;
	EXPECT_EQ(1000, act_as(FREE, read_every_time, &self->act));
	for (size_t i = 0; i < ARRAY_SIZE(storms); i++) {
		kill(storms[i], SIGKILL);
		waitpid(storms[i], NULL, 0);
	}
}

TEST_HARNESS_MAIN
