// SPDX-License-Identifier: Apache-2.0
/* Filesystems that go elsewhere: their paths would change, and with them who may read. */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.h"
#include "role.h"
#include "scene.h"

/*
 * /srv/bw
 * ├── shelf/        a filesystem; nothing protects this directory
 * │   └── closed/   protected: open to KEEPER alone
 * └── other/        a filesystem in which no pattern protects anything
 *
 *   who      privilege mount   right mount on shelf/   moves shelf/, other/
 *   FREE     (no role)         (all but closed/)       no           yes
 *   BAILIFF  yes               no                      no           yes
 *   PORTER   yes               yes, closed/ too        yes          yes
 */
#define SHELF SCENE "/shelf"
#define OTHER SCENE "/other"
#define AWAY OTHER "/away"
#define HIDDEN "/closed/marker"

#define SAYS(call) ({ long said_ = (call); said_ < 0 ? -errno : said_; })

enum { PORTER = 1111, BAILIFF = 1112 };

FIXTURE(shelf)
{
	struct act act;
};

FIXTURE_VARIANT(shelf)
{
	uid_t who;
	bool works;
};

FIXTURE_VARIANT_ADD(shelf, unconfined) { .who = FREE };
FIXTURE_VARIANT_ADD(shelf, bailiff) { .who = BAILIFF };
FIXTURE_VARIANT_ADD(shelf, porter) { .who = PORTER, .works = true };

static long fill(struct act *act)
{
	(void)act;
	scene_directory(SHELF "/closed");
	scene_file(MARKER, SHELF HIDDEN);
	return 0;
}

static long unmount(struct act *act)
{
	return SAYS(umount2(act->path, MNT_DETACH));
}

/* The porter clears up: nobody else may. */
static void clear(void)
{
	struct act act = { 0 };

	path_set(&act, AWAY);
	act_as(PORTER, unmount, &act);
	path_set(&act, SHELF);
	act_as(PORTER, unmount, &act);
	path_set(&act, OTHER);
	act_as(PORTER, unmount, &act);
}

/* In the initial namespace: there a filesystem has its place. */
FIXTURE_SETUP(shelf)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_directory(SHELF);
	scene_directory(OTHER);
	clear();
	ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ASSERT_EQ(0, mount("tmpfs", SHELF, "tmpfs", 0, NULL));
	ASSERT_EQ(0, mount("tmpfs", OTHER, "tmpfs", 0, NULL));
	scene_directory(AWAY);
	scene_directory(SHELF "/open");
	ASSERT_EQ(0, act_as(KEEPER, fill, &self->act));
}

FIXTURE_TEARDOWN(shelf)
{
	clear();
}

static bool read_at(const char *where)
{
	struct act act = { 0 };

	path_set(&act, "%s" HIDDEN, where);
	act_as(FREE, act_read, &act);
	return strstr(act.text, MARKER);
}

static void expect(struct __test_metadata *_metadata, bool works, long result)
{
	EXPECT_EQ(works ? 0 : -EACCES, result);
	EXPECT_FALSE(read_at(SHELF));
	if (!works)
		EXPECT_FALSE(read_at(AWAY));
}

TEST_F(shelf, unmounted)
{
	path_set(&self->act, SHELF);
	expect(_metadata, variant->works, act_as(variant->who, unmount, &self->act));
}

TEST_F(shelf, another_unmounted)
{
	path_set(&self->act, OTHER);
	EXPECT_EQ(0, act_as(variant->who, unmount, &self->act));
}

/* A second mount of what is protected gives no names: whoever made it may take it away. */
TEST_F(shelf, second_mount_unmounted)
{
	ASSERT_EQ(0, mount(SHELF, AWAY, NULL, MS_BIND, NULL));
	path_set(&self->act, AWAY);
	EXPECT_EQ(0, act_as(variant->who, unmount, &self->act));
	EXPECT_FALSE(read_at(SHELF));
}

static long move_by_descriptor(struct act *act)
{
	return SAYS(syscall(SYS_move_mount, AT_FDCWD, act->path, AT_FDCWD, act->other, 0));
}

TEST_F(shelf, moved)
{
	path_set(&self->act, SHELF);
	other_set(&self->act, AWAY);
	expect(_metadata, variant->works, act_as(variant->who, move_by_descriptor, &self->act));
}

static long move_by_name(struct act *act)
{
	return SAYS(mount(act->path, act->other, NULL, MS_MOVE, NULL));
}

/* Which mount is meant stands in a string: that is for nobody. */
TEST_F(shelf, moved_by_name)
{
	path_set(&self->act, SHELF);
	other_set(&self->act, AWAY);
	expect(_metadata, false, act_as(variant->who, move_by_name, &self->act));
}

static long move_in_own_namespace(struct act *act)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -EUCLEAN;
	move_by_name(act);
	snprintf(act->path, sizeof(act->path), AWAY HIDDEN);
	return act_read(act);
}

/* There a move changes no name. */
TEST_F(shelf, moved_in_a_namespace)
{
	path_set(&self->act, SHELF);
	other_set(&self->act, AWAY);
	act_as(variant->who, move_in_own_namespace, &self->act);
	EXPECT_EQ(NULL, strstr(self->act.text, MARKER));
	EXPECT_FALSE(read_at(SHELF));
}

static long reconfigure(struct act *act)
{
	int context = syscall(SYS_fspick, AT_FDCWD, act->path, 0);

	if (context < 0)
		return -errno;
	if (syscall(SYS_fsconfig, context, FSCONFIG_SET_FLAG, "ro", NULL, 0))
		return -EUCLEAN;
	return SAYS(syscall(SYS_fsconfig, context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0));
}

/* By another way than mount(2): fspick asks for no place. */
TEST_F(shelf, reconfigured)
{
	path_set(&self->act, SHELF);
	EXPECT_EQ(variant->who == BAILIFF ? -EACCES : 0,
		  act_as(variant->who, reconfigure, &self->act));
	EXPECT_EQ(variant->who == BAILIFF, !mkdir(SHELF "/new", 0700));
}

static long pivot_here(struct act *act)
{
	if (chdir("/") || syscall(SYS_pivot_root, act->path, act->other))
		return -errno;
	return access("/old" SCENE, F_OK) ? -errno : 0;
}

static long pivot(struct act *act)
{
	return unshare(CLONE_NEWNS) ? -EUCLEAN : pivot_here(act);
}

/* The old root comes to stand in a place: that takes the right there. */
TEST_F(shelf, pivoted)
{
	ASSERT_EQ(0, mkdir(SHELF "/old", 0700));
	path_set(&self->act, SHELF);
	other_set(&self->act, SHELF "/old");
	EXPECT_EQ(variant->who == BAILIFF ? -EACCES : 0,
		  act_as(variant->who, pivot, &self->act));
}

/* Whoever succeeds leaves the machine as it was, for the tests that follow. */
static long pivot_here_and_back(struct act *act)
{
	long said = pivot_here(act);

	if (!said && (chdir("/old") || syscall(SYS_pivot_root, ".", "." SHELF)))
		perror("the machine has another root now");
	return said;
}

/* In the initial namespace it would rename everything: that is for nobody but init. */
TEST_F(shelf, pivoted_here)
{
	ASSERT_EQ(0, mkdir(SHELF "/old", 0700));
	path_set(&self->act, SHELF);
	other_set(&self->act, SHELF "/old");
	EXPECT_EQ(-EACCES, act_as(variant->who, pivot_here_and_back, &self->act));
	EXPECT_FALSE(read_at("/old" SHELF));
}

static long unmount_propagated(struct act *act)
{
	if (unshare(CLONE_NEWNS))
		return -EUCLEAN;
	return unmount(act);
}

/* From a namespace that shares its mounts with the initial one. */
TEST_F(shelf, unmounted_by_propagation)
{
	ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL));
	path_set(&self->act, SHELF);
	expect(_metadata, variant->works, act_as(variant->who, unmount_propagated, &self->act));
	EXPECT_EQ(variant->works, !scene_there(SHELF "/open"));
	ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
}

static long enter_privately(struct act *act)
{
	(void)act;
	return unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ?
		       -EUCLEAN : 0;
}

/* A namespace keeps the mount; the path by which the policy knew what is in it is gone. */
TEST_F(shelf, unmounted_and_kept_in_a_namespace)
{
	struct actor *free;

	if (!variant->works)
		return;
	free = actor_start(&(struct subject){ .login = FREE });
	ASSERT_EQ(0, actor_do(free, enter_privately, &self->act));
	path_set(&self->act, SHELF);
	EXPECT_EQ(0, act_as(variant->who, unmount, &self->act));
	EXPECT_FALSE(scene_there(SHELF "/open"));
	path_set(&self->act, SHELF HIDDEN);
	self->act.flags = O_RDONLY;
	EXPECT_EQ(-EACCES, actor_do(free, act_read, &self->act));
	EXPECT_EQ(NULL, strstr(self->act.text, MARKER));
	actor_stop(free);
}

/* --- a filesystem at the address of one that is gone --------------------------------------- */

#define AGAIN 30

/* Of a private mount that has no path: it was never one of the initial namespace. */
static long read_privately(struct act *act)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", act->path, "tmpfs", 0, NULL))
		return -EUCLEAN;
	strcat(act->path, "/file");
	scene_file(MARKER, "%s", act->path);
	return act_read(act);
}

/* What was unmounted stays closed, wherever it lives on; what is new at its address does not. */
TEST(an_address_is_given_again)
{
	struct act act = { 0 };
	int refused = 0;

	scene_directory(OTHER);
	ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	for (int i = 0; i < AGAIN; i++) {
		ASSERT_EQ(0, mount("tmpfs", OTHER, "tmpfs", 0, NULL));
		ASSERT_EQ(0, umount(OTHER));
		usleep(50000);		/* until it is gone */
		path_set(&act, OTHER);
		refused += act_as(FREE, read_privately, &act) < 0;
	}
	EXPECT_EQ(0, refused);
}

TEST_HARNESS_MAIN
