// SPDX-License-Identifier: Apache-2.0
/* Disks below a protected class: closed while they are in use, to whoever has no role, too. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <scsi/sg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "harness.h"
#include "doors.h"
#include "role.h"
#include "scene.h"

#define PLACE SCENE "/disk"
#define IMAGE PLACE "/image"
#define NODE PLACE "/node"
#define MOUNTED PLACE "/mounted"

#define RAW_PERSON DOOR_PERSON(BAILIWICK_PRIVILEGE_RAW_DEVICE_BIT)

static bool refused(long result)
{
	return result == -EPERM || result == -EACCES;
}

/* One sector of what act->path is. */
static long read_device(struct act *act)
{
	long result = act_open(act);
	char sector[512];

	if (result < 0)
		return result;
	result = act->flags & O_WRONLY ? 0 : pread(act->descriptor, sector, sizeof(sector), 0);
	close(act->descriptor);
	return result < 0 ? -errno : 0;
}

/* --- the disk of the root, which a protected class is on -------------------------------------- */

FIXTURE(root)
{
	struct act act;
};

FIXTURE_VARIANT(root)
{
	int flags;
};

FIXTURE_VARIANT_ADD(root, read) { .flags = O_RDONLY };
FIXTURE_VARIANT_ADD(root, write) { .flags = O_WRONLY };
FIXTURE_VARIANT_ADD(root, neither) { .flags = O_ACCMODE };
FIXTURE_VARIANT_ADD(root, without_waiting) { .flags = O_RDONLY | O_NONBLOCK };

FIXTURE_SETUP(root)
{
	struct stat disk;

	memset(&self->act, 0, sizeof(self->act));
	self->act.flags = variant->flags;
	scene_all();
	scene_directory(PLACE);
	scene_gone(NODE);
	ASSERT_EQ(0, stat("/dev/vda", &disk));
	ASSERT_EQ(0, mknod(NODE, S_IFBLK | 0600, disk.st_rdev));
}

FIXTURE_TEARDOWN(root)
{
	scene_gone(NODE);
	EXPECT_TRUE(scene_vault_intact(VAULT));
}

TEST_F(root, by_its_name)
{
	path_set(&self->act, "/dev/vda");
	EXPECT_EQ(-EACCES, act_as(FREE, read_device, &self->act));
	if (!(variant->flags & O_WRONLY))
		EXPECT_LE(0, act_as(RAW_PERSON, read_device, &self->act));
}

TEST_F(root, by_a_node_of_its_own)
{
	path_set(&self->act, NODE);
	EXPECT_EQ(-EACCES, act_as(FREE, read_device, &self->act));
	if (!(variant->flags & O_WRONLY))
		EXPECT_LE(0, act_as(RAW_PERSON, read_device, &self->act));
}

static long make_and_read(struct act *act)
{
	if (mount("none", PLACE, "tmpfs", 0, NULL) || mknod(NODE, S_IFBLK | 0600, act->number))
		return -EUCLEAN;
	return read_device(act);
}

static long make_elsewhere(struct act *act)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -EUCLEAN;
	return make_and_read(act);
}

TEST_F(root, in_a_namespace_of_its_own)
{
	struct stat disk;

	ASSERT_EQ(0, stat("/dev/vda", &disk));
	self->act.number = disk.st_rdev;
	path_set(&self->act, NODE);
	EXPECT_EQ(-EACCES, act_as(FREE, make_elsewhere, &self->act));
}

static long open_again(struct act *act)
{
	int named = open(act->path, O_PATH | O_CLOEXEC);

	if (named < 0)
		return -EUCLEAN;
	path_set(act, "/proc/self/fd/%d", named);
	return read_device(act);
}

TEST_F(root, by_a_handle)
{
	path_set(&self->act, "/dev/vda");
	EXPECT_EQ(-EACCES, act_as(FREE, open_again, &self->act));
}

/* --- a disk of the test's own, which comes into use and goes out of it ---------------------------- */

FIXTURE(disk)
{
	struct act act, kept;
	struct actor *holder;
	char device[64];
};

static void first_line(const char *command, char *to, int size)
{
	FILE *from = popen(command, "r");

	to[0] = '\0';
	if (!from || !fgets(to, size, from))
		fprintf(stderr, "# nothing from: %s\n", command);
	to[strcspn(to, "\n")] = '\0';
	if (from)
		pclose(from);
}

FIXTURE_SETUP(disk)
{
	memset(&self->act, 0, sizeof(self->act));
	run_command("modprobe loop");
	scene_directory(MOUNTED);
	ASSERT_EQ(0, run_command("truncate -s 24M " IMAGE " && mkfs.ext4 -q -F " IMAGE));
	first_line("losetup -fP --show " IMAGE, self->device, sizeof(self->device));
	ASSERT_TRUE(scene_there("%s", self->device));
	self->act.flags = O_RDWR;
	path_set(&self->act, "%s", self->device);
	self->kept = self->act;
	self->holder = actor_start(&(struct subject){ .login = FREE });
}

FIXTURE_TEARDOWN(disk)
{
	actor_stop(self->holder);
	umount(MOUNTED);
	EXPECT_EQ(0, run_command("losetup -D; losetup -a | grep -q " IMAGE " && exit 1; rm " IMAGE));
}

static long use_held(struct act *act)
{
	char sector[512];
	unsigned long long size;
	void *map;

	if (pread(act->descriptor, sector, sizeof(sector), 0) >= 0)
		act->number |= 1;
	if (pwrite(act->descriptor, sector, sizeof(sector), 0) >= 0)
		act->number |= 2;
	if (!ioctl(act->descriptor, BLKGETSIZE64, &size))
		act->number |= 4;
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, act->descriptor, 0);
	if (map != MAP_FAILED && !munmap(map, 4096))
		act->number |= 8;
	return act->number;
}

static long held(struct actor *holder, struct act *act)
{
	act->number = 0;
	return actor_do(holder, use_held, act);
}

TEST_F(disk, open_before_it_is_mounted)
{
	ASSERT_LE(0, actor_do(self->holder, act_open, &self->kept));
	EXPECT_EQ(15, held(self->holder, &self->kept));
	ASSERT_EQ(0, mount(self->device, MOUNTED, "ext4", 0, NULL));
	EXPECT_EQ(0, held(self->holder, &self->kept));
	EXPECT_EQ(-EACCES, act_as(FREE, read_device, &self->act));
	ASSERT_EQ(0, umount(MOUNTED));
	EXPECT_EQ(15, held(self->holder, &self->kept));
	EXPECT_EQ(0, act_as(FREE, read_device, &self->act));
}

/* Who opened it for himself alone goes on: only he can tell that no filesystem is behind it. */
TEST_F(disk, taken_by_a_process)
{
	self->kept.flags |= O_EXCL;
	ASSERT_LE(0, actor_do(self->holder, act_open, &self->kept));
	EXPECT_EQ(15, held(self->holder, &self->kept));
	EXPECT_EQ(-EACCES, act_as(FREE, read_device, &self->act));
	actor_do(self->holder, act_close, &self->kept);
	EXPECT_EQ(0, act_as(FREE, read_device, &self->act));
}

/* Parts of one disk may overlap: while one is in use, so are the others. */
TEST_F(disk, one_part_of_it)
{
	char part[80];

	ASSERT_EQ(0, run_command("addpart %s 1 0 16384 && addpart %s 2 32768 8192",
				 self->device, self->device));
	snprintf(part, sizeof(part), "%sp1", self->device);
	path_set(&self->act, "%sp2", self->device);
	EXPECT_EQ(0, act_as(FREE, read_device, &self->act));
	ASSERT_EQ(0, run_command("mkfs.ext4 -q -F %s", part));
	ASSERT_EQ(0, mount(part, MOUNTED, "ext4", 0, NULL));
	EXPECT_EQ(-EACCES, act_as(FREE, read_device, &self->act));
	EXPECT_EQ(0, act_as(RAW_PERSON, read_device, &self->act));
	path_set(&self->act, "%s", self->device);
	EXPECT_EQ(-EACCES, act_as(FREE, read_device, &self->act));
	path_set(&self->act, "%s", part);
	EXPECT_EQ(-EACCES, act_as(FREE, read_device, &self->act));
	ASSERT_EQ(0, umount(MOUNTED));
	EXPECT_EQ(0, act_as(FREE, read_device, &self->act));
	EXPECT_EQ(0, run_command("delpart %s 1 && delpart %s 2", self->device, self->device));
}

/* What is swapped to is in use, and a file cannot be told from what anybody may read. */
TEST_F(disk, swapped_to)
{
	ASSERT_EQ(0, run_command("mkswap %s", self->device));
	ASSERT_EQ(0, run_command("swapon %s", self->device));
	EXPECT_EQ(-EACCES, act_as(FREE, read_device, &self->act));
	ASSERT_EQ(0, run_command("swapoff %s", self->device));
	EXPECT_EQ(0, act_as(FREE, read_device, &self->act));
}

/* --- devices that give commands to a disk, or make another of it ------------------------------------ */

FIXTURE(node)
{
	struct act act;
};

FIXTURE_VARIANT(node)
{
	unsigned int major, minor;
};

FIXTURE_VARIANT_ADD(node, mapper) { .major = 10, .minor = 236 };
FIXTURE_VARIANT_ADD(node, scsi) { .major = 21, .minor = 0 };
FIXTURE_VARIANT_ADD(node, flash) { .major = 90, .minor = 0 };

FIXTURE_SETUP(node)
{
	memset(&self->act, 0, sizeof(self->act));
	run_command("modprobe -q dm_mod");
	scene_directory(PLACE);
	scene_gone(NODE);
	ASSERT_EQ(0, mknod(NODE, S_IFCHR | 0600, makedev(variant->major, variant->minor)));
	path_set(&self->act, NODE);
	self->act.flags = O_RDWR;
}

FIXTURE_TEARDOWN(node)
{
	scene_gone(NODE);
}

/* The driver may say that there is none; the policy must not. */
TEST_F(node, opened)
{
	long result = act_as(RAW_PERSON, act_open, &self->act);

	EXPECT_FALSE(refused(result)) {
		TH_LOG("%ld", result);
	}
	EXPECT_TRUE(refused(act_as(FREE, act_open, &self->act)));
	EXPECT_TRUE(refused(act_as(DOORLESS, act_open, &self->act)));
}

static long give_command(struct act *act)
{
	int device = open("/dev/zero", O_RDWR | O_CLOEXEC);
	long result = ioctl(device, act->number, NULL);

	result = result < 0 ? -errno : result;
	close(device);
	return result;
}

TEST(commands_passed_on)
{
	static const unsigned int commands[] = { SG_IO, 0xc0484e41, 0xc0484e43, 0xc0504e48, 1 };
	struct act act = { .number = FIGETBSZ + 0x10000 };

	EXPECT_EQ(-ENOTTY, act_as(FREE, give_command, &act));
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		act.number = commands[i];
		EXPECT_EQ(-EACCES, act_as(FREE, give_command, &act));
		EXPECT_EQ(-EACCES, act_as(DOORLESS, give_command, &act));
		EXPECT_EQ(-ENOTTY, act_as(RAW_PERSON, give_command, &act));
	}
}

TEST_HARNESS_MAIN
