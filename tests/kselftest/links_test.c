// SPDX-License-Identifier: Apache-2.0
/* Hard links the policy never saw made: what one name may do, all names must allow. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "role.h"
#include "scene.h"

/*
 * One file, two names.  CLERK may do everything by the first; the unconfined side,
 * whom nothing forbids it, made the second.
 *
 *   /srv/bw/all/links/first  ──┬── inode
 *   SECOND                   ──┘
 *
 *   variant   SECOND                      CLERK by the first name
 *   alone     (none)                      everything
 *   allowed   /srv/bw/all/links/second    everything
 *   readable  /srv/bw/only-read/second    reads, nothing else
 *   secret    /srv/bw/secret/second       nothing
 *   _cold     the same, with no name in memory but the one that is asked for
 */
#define DIRECTORY SCENE "/all/links"
#define FIRST DIRECTORY "/first"
#define SAYS(call) ({ long said_ = (call); said_ < 0 ? -errno : said_; })
#define PATIENCE 300		/* seconds until the controller has looked at all names */
#define MANY 70			/* names of one file: more than are looked at */

FIXTURE(pair)
{
	struct act act;
	struct actor *clerk;
};

FIXTURE_VARIANT(pair)
{
	const char *second;	/* NULL: there is none */
	bool reads, writes;
	bool cold;
};

FIXTURE_VARIANT_ADD(pair, alone) { .reads = true, .writes = true };
FIXTURE_VARIANT_ADD(pair, allowed) {
	.second = DIRECTORY "/second", .reads = true, .writes = true };
FIXTURE_VARIANT_ADD(pair, allowed_cold) {
	.second = DIRECTORY "/second", .reads = true, .writes = true, .cold = true };
FIXTURE_VARIANT_ADD(pair, readable) { .second = SCENE "/only-read/second", .reads = true };
FIXTURE_VARIANT_ADD(pair, readable_cold) {
	.second = SCENE "/only-read/second", .reads = true, .cold = true };
FIXTURE_VARIANT_ADD(pair, secret) { .second = SCENE "/secret/second" };
FIXTURE_VARIANT_ADD(pair, secret_cold) { .second = SCENE "/secret/second", .cold = true };

static void drop_names(void)
{
	run_command("sync; echo 2 >/proc/sys/vm/drop_caches");
}

/* Until the controller has been through all filesystems. */
static bool names_looked_at(void)
{
	return !run_command("for i in $(seq %u); do"
			    " bailiwick status | grep -q 'still being looked for' || exit 0;"
			    " sleep 1; done; exit 1", PATIENCE);
}

static bool read_by(uid_t login, const char *path)
{
	struct act act = { .flags = O_RDONLY };

	path_set(&act, "%s", path);
	return act_as(login, act_read, &act) > 0 && strstr(act.text, "may-see");
}

static void no_seconds(void)
{
	scene_gone(DIRECTORY "/second");
	scene_gone(SCENE "/only-read/second");
	scene_gone(SCENE "/secret/second");
}

FIXTURE_SETUP(pair)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	scene_directory(DIRECTORY);
	scene_directory(SCENE "/only-read");
	no_seconds();
	/* A look that is under way may miss a name that is made behind it, and close its file. */
	if (variant->cold && variant->reads)
		ASSERT_TRUE(names_looked_at());
	if (variant->cold)		/* an inode of which nothing is remembered */
		scene_gone(FIRST);
	scene_file(PLAIN, FIRST);
	self->clerk = actor_start(&(struct subject){ .login = CLERK });
	/* One name, by which it is known: what is remembered from now must not count. */
	path_set(&self->act, FIRST);
	self->act.flags = O_RDONLY;
	ASSERT_LT(0, actor_do(self->clerk, act_read, &self->act));
	if (variant->second)
		ASSERT_EQ(0, link(FIRST, variant->second));
	if (variant->cold)
		drop_names();
}

FIXTURE_TEARDOWN(pair)
{
	actor_stop(self->clerk);
	no_seconds();
	scene_file(PLAIN, FIRST);
}

/* The second time by what is remembered of the first. */
TEST_F(pair, read)
{
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(variant->reads, actor_do(self->clerk, act_read, &self->act) > 0);
		EXPECT_EQ(variant->reads, strstr(self->act.text, PLAIN) != NULL);
	}
}

static long write_file(struct act *act)
{
	int fd = open(act->path, O_WRONLY);
	long r = fd < 0 ? -errno : SAYS(pwrite(fd, "W", 1, 0));

	if (fd >= 0)
		close(fd);
	return r;
}

/* After a read: what is remembered of that says nothing of writing. */
TEST_F(pair, write)
{
	actor_do(self->clerk, act_read, &self->act);
	EXPECT_EQ(variant->writes ? 1 : -EACCES, actor_do(self->clerk, write_file, &self->act));
	EXPECT_EQ(!variant->writes, scene_holds(PLAIN, FIRST));
}

static long cut(struct act *act) { return SAYS(truncate(act->path, 0)); }

TEST_F(pair, truncate)
{
	EXPECT_EQ(variant->writes ? 0 : -EACCES, actor_do(self->clerk, cut, &self->act));
	EXPECT_EQ(!variant->writes, scene_holds(PLAIN, FIRST));
}

static long change_mode(struct act *act) { return SAYS(chmod(act->path, 0600)); }

TEST_F(pair, mode)
{
	EXPECT_EQ(variant->writes ? 0 : -EACCES, actor_do(self->clerk, change_mode, &self->act));
	EXPECT_EQ(variant->writes ? 0600 : 0644, scene_mode(FIRST));
}

static long third(struct act *act) { return SAYS(link(act->path, DIRECTORY "/third")); }

/* One more name would take it out of what the others say. */
TEST_F(pair, third_name)
{
	scene_gone(DIRECTORY "/third");
	EXPECT_EQ(variant->writes ? 0 : -EACCES, actor_do(self->clerk, third, &self->act));
	EXPECT_EQ(variant->writes, scene_there(DIRECTORY "/third"));
	scene_gone(DIRECTORY "/third");
}

static long remove_name(struct act *act) { return SAYS(unlink(act->path)); }

/* A name is its directory's: removing it does nothing to the file. */
TEST_F(pair, remove_own_name)
{
	EXPECT_EQ(0, actor_do(self->clerk, remove_name, &self->act));
	EXPECT_FALSE(scene_there(FIRST));
}

/* With the other name goes what it said. */
TEST_F(pair, second_removed)
{
	no_seconds();
	EXPECT_LT(0, actor_do(self->clerk, act_read, &self->act));
}

/*
 * Another image came into force since the link was made, and no name is in memory: what
 * was remembered is of labels that mean something else now.  Nothing is given until the
 * controller has looked at all names.
 */
TEST_F_TIMEOUT(pair, link_of_an_earlier_policy, PATIENCE)
{
	if (!variant->second || variant->cold)
		return;			/* it makes its names cold by itself */
	ASSERT_TRUE(role_assign(MOVER, "clerk"));
	for (int i = 0; i < 5; i++) {
		drop_names();
		if (!variant->reads)
			EXPECT_GT(0, actor_do(self->clerk, act_read, &self->act));
		if (!variant->writes)
			EXPECT_EQ(-EACCES, actor_do(self->clerk, change_mode, &self->act));
	}
	ASSERT_TRUE(names_looked_at());
	drop_names();
	self->act.text[0] = '\0';
	actor_do(self->clerk, act_read, &self->act);
	EXPECT_EQ(variant->reads, strstr(self->act.text, PLAIN) != NULL);
	EXPECT_EQ(variant->writes ? 0 : -EACCES, actor_do(self->clerk, change_mode, &self->act));
	EXPECT_TRUE(role_revoke(MOVER));
}

/* What is remembered of names goes with the last of them. */
TEST_F(pair, one_name_again)
{
	if (!variant->cold)
		return;
	no_seconds();
	ASSERT_EQ(0, link(FIRST, DIRECTORY "/third"));
	drop_names();
	EXPECT_LT(0, actor_do(self->clerk, act_read, &self->act));
	EXPECT_EQ(0, actor_do(self->clerk, change_mode, &self->act));
	scene_gone(DIRECTORY "/third");
}

/* Open before the other name was there: each use is asked for anew. */
TEST_F(pair, open_descriptor)
{
	struct act use = { .flags = O_RDONLY };

	no_seconds();
	path_set(&use, FIRST);
	ASSERT_LE(0, actor_do(self->clerk, act_open, &use));
	ASSERT_LT(0, actor_do(self->clerk, act_read_descriptor, &use));
	if (variant->second) {
		ASSERT_EQ(0, link(FIRST, variant->second));
		/* An overlay forgets the name until it is asked for. */
		ASSERT_TRUE(scene_there("%s", variant->second));
	}
	/* The hook on every use is there after a switch, and stays while this is open. */
	ASSERT_TRUE(role_assign(MOVER, "clerk"));
	EXPECT_EQ(variant->reads, actor_do(self->clerk, act_read_descriptor, &use) > 0);
	actor_do(self->clerk, act_close, &use);
	EXPECT_TRUE(role_revoke(MOVER));
}

/* Both names where CLERK may do everything, and remembered so; then one goes elsewhere. */
TEST_F(pair, second_moved_away)
{
	if (variant->second)
		unlink(variant->second);
	ASSERT_EQ(0, link(FIRST, DIRECTORY "/third"));
	ASSERT_LT(0, actor_do(self->clerk, act_read, &self->act));
	ASSERT_LT(0, actor_do(self->clerk, act_read, &self->act));
	if (variant->second)
		ASSERT_EQ(0, rename(DIRECTORY "/third", variant->second));
	if (variant->cold)
		drop_names();
	EXPECT_EQ(variant->reads, actor_do(self->clerk, act_read, &self->act) > 0);
	scene_gone(DIRECTORY "/third");
}

/*
 * A filesystem with a file of two names, mounted later where one is protected:
 *
 *   other/away  ──move──▶  shelf/   closed/marker ──┬── inode     closed/ is protected
 *                                   open/marker   ──┘
 *                                   open/plain    ──┬── inode     nothing is
 *                                   open/twin     ──┘
 */
#define SHELF SCENE "/shelf"
#define AWAY SCENE "/links-away"

enum { PORTER = 1111 };

FIXTURE(shelf)
{
	struct act act;
};

FIXTURE_VARIANT(shelf)
{
	const char *made;	/* it, at AWAY */
	const char *moved;	/* and brought to SHELF; NULL: by move_mount() */
	bool fixed;		/* nobody writes there */
};

FIXTURE_VARIANT_ADD(shelf, tmpfs) {
	.made = "mount -t tmpfs tmpfs " AWAY };
/* The kernel that mounts it anew has never heard of any of the names. */
FIXTURE_VARIANT_ADD(shelf, ext4) {
	.made = "modprobe -a loop; mkfs.ext4 -qF /tmp/links.img && mount -o loop /tmp/links.img " AWAY,
	.moved = "umount " AWAY " && mount -o loop /tmp/links.img " SHELF };

/*
 * What an overlay shows from below: an inode for each name, or one for all where it is
 * never copied or an index keeps copies together.
 */
#define BELOW "mount -t tmpfs tmpfs " AWAY
#define UPPER "/tmp/links-upper"
#define ABOVE \
	"mkdir -p " UPPER " && mount -t tmpfs tmpfs " UPPER " && mkdir " UPPER "/u " UPPER "/w && "
#define OVERLAY(options) \
	ABOVE "mount -t overlay overlay -o lowerdir=" AWAY "," options " " SHELF
#define WRITABLE "upperdir=" UPPER "/u,workdir=" UPPER "/w"

FIXTURE_VARIANT_ADD(shelf, overlay) { .made = BELOW, .moved = OVERLAY(WRITABLE) };
FIXTURE_VARIANT_ADD(shelf, overlay_indexed) {
	.made = BELOW, .moved = OVERLAY(WRITABLE ",index=on") };
FIXTURE_VARIANT_ADD(shelf, overlay_fixed) {
	.made = BELOW, .moved = ABOVE
	"mount -t overlay overlay -o lowerdir=" UPPER "/u:" AWAY " " SHELF, .fixed = true };

static long unmount(struct act *act) { return SAYS(umount2(act->path, MNT_DETACH)); }

static void clear_shelf(void)
{
	struct act act = { 0 };

	path_set(&act, SHELF);
	act_as(PORTER, unmount, &act);
	path_set(&act, AWAY);
	act_here(unmount, &act);
	path_set(&act, UPPER);
	act_here(unmount, &act);
}

static void two_names(const char *first, const char *second, const char *content)
{
	scene_file(content, "%s", first);
	if (link(first, second))
		perror(second);
}

FIXTURE_SETUP(shelf)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_directory(SHELF);
	scene_directory(AWAY);
	clear_shelf();
	ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ASSERT_EQ(0, run_command("truncate -s 16M /tmp/links.img && %s", variant->made));
	scene_directory(AWAY "/closed");
	scene_directory(AWAY "/open");
	two_names(AWAY "/closed/marker", AWAY "/open/marker", MARKER);
	two_names(AWAY "/open/plain", AWAY "/open/twin", PLAIN);
	ASSERT_EQ(0, variant->moved ? run_command("%s", variant->moved) :
		  syscall(SYS_move_mount, AT_FDCWD, AWAY, AT_FDCWD, SHELF, 0));
}

FIXTURE_TEARDOWN(shelf)
{
	clear_shelf();
	unlink("/tmp/links.img");
}

static long third_there(struct act *act) { return SAYS(link(act->path, SHELF "/open/third")); }

static long move_name(struct act *act) { return SAYS(rename(act->path, SHELF "/open/moved")); }

/* Nobody wrote these names under any policy: what is in memory counts, before any look. */
TEST_F(shelf, closed_at_once)
{
	if (variant->moved)
		SKIP(return, "its names are not in memory any more");
	EXPECT_FALSE(read_by(FREE, SHELF "/open/marker"));
	EXPECT_TRUE(read_by(FREE, SHELF "/open/twin"));
}

/* What is in memory counts, then what is found. */
TEST_F_TIMEOUT(shelf, protected_by_its_other_name, PATIENCE)
{
	if (!variant->moved)
		EXPECT_FALSE(read_by(FREE, SHELF "/open/marker"));
	/* Numbers come again, and what is remembered of them: not under another image. */
	ASSERT_TRUE(role_assign(MOVER, "clerk"));
	ASSERT_TRUE(role_revoke(MOVER));
	ASSERT_TRUE(names_looked_at());
	drop_names();
	EXPECT_FALSE(read_by(FREE, SHELF "/open/marker"));
	EXPECT_TRUE(read_by(FREE, SHELF "/open/twin"));
	if (variant->fixed)
		return;
	path_set(&self->act, SHELF "/open/marker");
	EXPECT_EQ(-EACCES, act_as(FREE, write_file, &self->act));
	EXPECT_EQ(-EACCES, act_as(FREE, change_mode, &self->act));
	EXPECT_EQ(-EACCES, act_as(FREE, third_there, &self->act));
	/* A name is moved where it may be; an overlay would move a copy, which had no other. */
	act_as(FREE, move_name, &self->act);
	drop_names();
	EXPECT_FALSE(read_by(FREE, SHELF "/open/moved"));
	EXPECT_FALSE(read_by(FREE, SHELF "/open/marker"));
	path_set(&self->act, SHELF "/open/twin");
	EXPECT_EQ(1, act_as(FREE, write_file, &self->act));
}

/*
 * A layer counts a name that the overlay does not show: nobody has to find it, neither
 * above, where the overlay is judged, nor below, where the layer lies.  What is protected
 * lies on one of the two.
 */
FIXTURE(hidden)
{
	char name[128];
};

FIXTURE_VARIANT(hidden)
{
	const char *below, *shown;
};

FIXTURE_VARIANT_ADD(hidden, above) { .below = AWAY, .shown = SHELF };
FIXTURE_VARIANT_ADD(hidden, below) { .below = SHELF, .shown = AWAY };

FIXTURE_SETUP(hidden)
{
	char other[128];

	scene_directory(SHELF);
	scene_directory(AWAY);
	clear_shelf();
	ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ASSERT_EQ(0, run_command("mount -t tmpfs tmpfs %s && mkdir %s/hidden", variant->below,
				 variant->below));
	snprintf(self->name, sizeof(self->name), "%s/shown", variant->below);
	snprintf(other, sizeof(other), "%s/hidden/other", variant->below);
	two_names(self->name, other, PLAIN);
	ASSERT_EQ(0, run_command(ABOVE "mknod " UPPER "/u/hidden c 0 0 && mount -t overlay overlay"
				 " -o lowerdir=" UPPER "/u:%s %s", variant->below, variant->shown));
}

FIXTURE_TEARDOWN(hidden)
{
	umount(variant->shown);
	umount(variant->below);
	umount(UPPER);
}

TEST_F_TIMEOUT(hidden, name, PATIENCE)
{
	snprintf(self->name, sizeof(self->name), "%s/shown", variant->shown);
	ASSERT_TRUE(role_assign(MOVER, "clerk"));
	ASSERT_TRUE(names_looked_at());
	drop_names();
	EXPECT_FALSE(scene_there("%s/hidden/other", variant->shown));
	EXPECT_TRUE(read_by(FREE, self->name));
	EXPECT_TRUE(role_revoke(MOVER));
}

FIXTURE(found)
{
	char name[128];
};

FIXTURE_SETUP(found)
{
	scene_all();
	scene_directory(DIRECTORY);
	scene_directory(SCENE "/only-read");
}

FIXTURE_TEARDOWN(found)
{
}

/* With more names than are looked at nobody can say where all of them are. */
TEST_F_TIMEOUT(found, more_names_than_are_looked_at, PATIENCE)
{
	struct act act = { 0 };

	scene_file(PLAIN, DIRECTORY "/many");
	EXPECT_TRUE(read_by(CLERK, DIRECTORY "/many"));
	for (int i = 1; i < MANY; i++) {
		snprintf(self->name, sizeof(self->name), DIRECTORY "/many.%d", i);
		EXPECT_EQ(0, link(DIRECTORY "/many", self->name));
	}
	ASSERT_TRUE(role_assign(MOVER, "clerk"));
	ASSERT_TRUE(names_looked_at());
	drop_names();
	EXPECT_FALSE(read_by(CLERK, DIRECTORY "/many"));
	path_set(&act, DIRECTORY "/many");
	EXPECT_EQ(-EACCES, act_as(CLERK, change_mode, &act));
	EXPECT_EQ(0, run_command("rm %s.*", DIRECTORY "/many"));
	EXPECT_TRUE(read_by(CLERK, DIRECTORY "/many"));
	EXPECT_TRUE(role_revoke(MOVER));
}

/* A directory is brought to where CLERK only reads, a file in it has a name elsewhere. */
TEST_F_TIMEOUT(found, directory_moved_below_another_rule, PATIENCE)
{
	struct act act = { 0 };
	time_t end = time(NULL) + PATIENCE;
	long said;

	scene_gone(SCENE "/only-read/moved");
	scene_gone(DIRECTORY "/kept");
	scene_directory(DIRECTORY "/moved");
	scene_file(PLAIN, DIRECTORY "/moved/file");
	ASSERT_EQ(0, link(DIRECTORY "/moved/file", DIRECTORY "/kept"));
	path_set(&act, DIRECTORY "/kept");
	EXPECT_EQ(0, act_as(CLERK, change_mode, &act));
	ASSERT_TRUE(names_looked_at());
	ASSERT_EQ(0, rename(DIRECTORY "/moved", SCENE "/only-read/moved"));
	do {
		drop_names();
		usleep(200000);
		said = act_as(CLERK, change_mode, &act);
	} while (said != -EACCES && time(NULL) < end);
	EXPECT_EQ(-EACCES, said);
	scene_gone(SCENE "/only-read/moved");
	scene_gone(DIRECTORY "/kept");
}

TEST_HARNESS_MAIN
