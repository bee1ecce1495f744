// SPDX-License-Identifier: Apache-2.0
/* Files the kernel opens, reads or writes on somebody's behalf. */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/quota.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "harness.h"
#include "doors.h"
#include "role.h"
#include "scene.h"

/*
 *            all       secret     vault
 *   CLERK    works     ──╳
 *   FREE               works      ──╳
 */
FIXTURE(place)
{
	struct act act;
	char pattern[256];
};

FIXTURE_VARIANT(place)
{
	uid_t login, maker;	/* maker: who prepares and looks */
	const char *directory;
	bool works;
};

FIXTURE_VARIANT_ADD(place, allowed) {
	.login = CLERK, .maker = FREE, .directory = SCENE "/all", .works = true };
FIXTURE_VARIANT_ADD(place, secret) {
	.login = CLERK, .maker = FREE, .directory = SCENE "/secret" };
FIXTURE_VARIANT_ADD(place, no_role) {
	.login = FREE, .maker = FREE, .directory = SCENE "/secret", .works = true };
FIXTURE_VARIANT_ADD(place, vault) {
	.login = FREE, .maker = KEEPER, .directory = SCENE "/vault" };

static ssize_t file_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	text[n < 0 ? 0 : n] = '\0';
	close(fd);
	return n;
}

static void file_say(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fprintf(stderr, "# %s: %s\n", path, strerror(errno));
	close(fd);
}

#define CORE_PATTERN "/proc/sys/kernel/core_pattern"
#define SWAP_SIZE (64 * 1024)
#define BELOW(buffer, name)                                                    \
	char buffer[600];                                                      \
	snprintf(buffer, sizeof(buffer), "%s/%s", act->path, name)

/* A file of @size bytes, none of them a hole, with @mark at @at */
static long place_file(const char *name, const char *mark, size_t at, size_t size)
{
	char *content = calloc(1, size);
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	long result = 0;

	memcpy(content + at, mark, strlen(mark));
	if (fd < 0 || pwrite(fd, content, size, 0) != (ssize_t)size || ftruncate(fd, size) ||
	    fchmod(fd, 0600) || fsync(fd))
		result = -errno;
	close(fd);
	free(content);
	return result;
}

static long prepare(struct act *act)
{
	static const uint32_t swap_header[] = { 1, SWAP_SIZE / 4096 - 1 };
	/* The second format's: magic, version, two times, flags, blocks, none free. */
	static const uint32_t quota_header[] = { 0xd9c01f11, 1, 604800, 604800, 0, 2, 0, 0 };
	BELOW(swap, "swap");
	BELOW(account, "account");
	BELOW(quota, "quota");
	long result;
	int fd;

	scene_gone("%s/core", act->path);
	result = place_file(swap, "SWAPSPACE2", 4086, SWAP_SIZE);
	fd = open(swap, O_WRONLY | O_CLOEXEC);
	if (result || pwrite(fd, swap_header, sizeof(swap_header), 1024) < 0)
		return result ? result : -errno;
	close(fd);
	result = place_file(account, "", 0, 0);
	if (!result)
		result = place_file(quota, "", 0, 4096);
	fd = open(quota, O_WRONLY | O_CLOEXEC);
	if (result || pwrite(fd, quota_header, sizeof(quota_header), 0) < 0)
		return result ? result : -errno;
	close(fd);
	return 0;
}

static long say_there(struct act *act)
{
	file_say(act->path, act->other);
	return 0;
}

/* While a class is protected it takes a role to say where cores go. */
static void set_core_pattern(const char *to)
{
	struct act act = { .path = CORE_PATTERN };

	other_set(&act, "%s", to);
	act_as(DOORLESS, say_there, &act);
}

FIXTURE_SETUP(place)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	path_set(&self->act, "%s", variant->directory);
	ASSERT_EQ(0, act_as(variant->maker, prepare, &self->act));
	file_text(CORE_PATTERN, self->pattern, sizeof(self->pattern));
	set_core_pattern("core");
}

FIXTURE_TEARDOWN(place)
{
	set_core_pattern(self->pattern);
	EXPECT_TRUE(scene_vault_intact(VAULT));
}

/* --- core dumps -------------------------------------------------------------------------- */

/* Die in the directory act->path, leaving a core there */
static long die_there(struct act *act)
{
	const struct rlimit any = { RLIM_INFINITY, RLIM_INFINITY };
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		if (chdir(act->path) || setrlimit(RLIMIT_CORE, &any))
			_exit(1);
		prctl(PR_SET_DUMPABLE, 1);
		signal(SIGABRT, SIG_DFL);
		abort();
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		return -ECHILD;
	return 0;
}

static long look_for_core(struct act *act)
{
	char text[8];
	BELOW(core, "core");

	return file_text(core, text, sizeof(text)) == 7 && !memcmp(text, "\177ELF", 4);
}

TEST_F(place, core_dump)
{
	EXPECT_EQ(0, act_as(variant->login, die_there, &self->act));
	EXPECT_EQ(variant->works, act_as(variant->maker, look_for_core, &self->act));
}

/* --- swap --------------------------------------------------------------------------------- */

static long by_swapon(struct act *act)
{
	BELOW(swap, "swap");
	char areas[4096];
	long result = swapon(swap, 0) ? -errno : 0;

	file_text("/proc/swaps", areas, sizeof(areas));
	act->number = strstr(areas, swap) != NULL;
	if (!result)
		swapoff(swap);
	return result;
}

/* The memory of everybody goes there: while a class is protected it takes the privilege. */
TEST_F(place, swap)
{
	struct act twin = self->act;

	path_set(&twin, SCENE "/secret");
	act_as(FREE, prepare, &twin);
	if (act_as(DOOR_PERSON(BAILIWICK_PRIVILEGE_SWAP_BIT), by_swapon, &twin) == -EINVAL)
		SKIP(return, "no swap files on this file system");
	EXPECT_TRUE(twin.number);
	act_as(variant->login, by_swapon, &self->act);
	EXPECT_FALSE(self->act.number);
	/* A clerk's role lacks the capability, too. */
	EXPECT_EQ(variant->login == FREE ? -EACCES : -EPERM, self->act.result);
}

/* --- process accounting --------------------------------------------------------------------- */

static long by_acct(struct act *act)
{
	BELOW(account, "account");
	long result = acct(account) ? -errno : 0;

	if (!fork())
		_exit(0);
	wait(NULL);
	if (!result)
		acct(NULL);
	return result;
}

static long look_at_account(struct act *act)
{
	struct stat st;
	BELOW(account, "account");

	return stat(account, &st) ? -errno : st.st_size > 0;
}

TEST_F(place, accounting)
{
	act_as(variant->login, by_acct, &self->act);
	if (self->act.result == -ENOSYS)
		SKIP(return, "this kernel has no process accounting");
	EXPECT_EQ(variant->works && variant->login == FREE,
		  act_as(variant->maker, look_at_account, &self->act));
}

/* --- quotas: the kernel keeps its counts in a file -------------------------------------------- */

#define NODE SCENE "/all/disk-of-the-scene"

static long by_quota(struct act *act)
{
	BELOW(quota, "quota");
	long result = quotactl(QCMD(Q_QUOTAON, USRQUOTA), NODE, QFMT_VFS_V1, quota) ?
			      -errno : 0;

	if (!result)
		quotactl(QCMD(Q_QUOTAOFF, USRQUOTA), NODE, 0, NULL);
	return result;
}

TEST_F(place, quota_file)
{
	struct act twin = self->act;
	struct stat st;

	ASSERT_EQ(0, stat("/", &st));
	scene_gone(NODE);
	ASSERT_EQ(0, mknod(NODE, S_IFBLK | 0600, st.st_dev));
	if (mount(NULL, "/", NULL, MS_REMOUNT, "usrquota"))
		SKIP(return, "no quotas on this file system");
	path_set(&twin, SCENE "/secret");
	act_as(FREE, prepare, &twin);
	if (act_as(FREE, by_quota, &twin) == -ESRCH || twin.result == -EINVAL ||
	    twin.result == -ENOSYS)
		SKIP(return, "no quotas here: %s", strerror(-twin.result));
	act_as(variant->login, by_quota, &self->act);
	if (variant->login == FREE) {
		EXPECT_EQ(variant->works ? 0 : -EACCES, self->act.result);
	} else {
		EXPECT_GT(0, self->act.result);
	}
	mount(NULL, "/", NULL, MS_REMOUNT, "noquota");
	scene_gone(NODE);
}

/* --- loop devices: a file as a disk -------------------------------------------------------------- */

/* Read the file of act->path through a device; flags: how it is opened */
static long by_loop(struct act *act)
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	int number = ioctl(control, LOOP_CTL_GET_FREE), device, file;
	BELOW(swap, "swap");
	char name[64], sector[4096 + 512];
	long result = 0;

	if (number < 0)
		return -errno;
	snprintf(name, sizeof(name), "/dev/loop%d", number);
	mknod(name, S_IFBLK | 0600, makedev(7, number));
	device = open(name, O_RDONLY | O_CLOEXEC);
	file = open(swap, act->flags | O_CLOEXEC);
	if (device < 0 || file < 0)
		return -errno;
	if (ioctl(device, LOOP_SET_FD, file))
		return -errno;
	if (pread(device, sector, sizeof(sector), 0) == (ssize_t)sizeof(sector) &&
	    memmem(sector, sizeof(sector), "SWAPSPACE2", 10))
		strcpy(act->text, "read");
	else
		result = -EIO;
	ioctl(device, LOOP_CLR_FD, 0);
	return result;
}

TEST_F(place, loop_device)
{
	run_command("modprobe loop");
	self->act.flags = O_RDONLY;
	act_as(variant->login, by_loop, &self->act);
	EXPECT_STREQ(variant->works && variant->login == FREE ? "read" : "", self->act.text);
	if (variant->works && variant->login == FREE)
		return;
	EXPECT_GT(0, self->act.result);
	/* A descriptor that only names the file */
	self->act.flags = O_PATH;
	EXPECT_GT(0, act_as(variant->login, by_loop, &self->act));
	EXPECT_STREQ("", self->act.text);
}

/* --- message queues: files of a file system of their own ------------------------------------------- */

/*
 *   /dev/mqueue/bw-open     CLERK reads and writes
 *   /dev/mqueue/bw-closed   no rule names it
 */
FIXTURE(queue)
{
	struct act act;
	mqd_t open_one, closed_one;
};

FIXTURE_SETUP(queue)
{
	struct mq_attr few = { .mq_maxmsg = 4, .mq_msgsize = 64 };

	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	mq_unlink("/bw-open");
	mq_unlink("/bw-closed");
	self->open_one = mq_open("/bw-open", O_RDWR | O_CREAT, 0600, &few);
	self->closed_one = mq_open("/bw-closed", O_RDWR | O_CREAT, 0600, &few);
	ASSERT_EQ(0, mq_send(self->open_one, PLAIN, sizeof(PLAIN), 1));
	ASSERT_EQ(0, mq_send(self->closed_one, MARKER, sizeof(MARKER), 1));
}

FIXTURE_TEARDOWN(queue)
{
	mq_unlink("/bw-open");
	mq_unlink("/bw-closed");
}

/* Without the library, which keeps its flags to itself; path: the name, no slash */
static long receive(struct act *act)
{
	const struct timespec now = { 0 };
	int queue = syscall(SYS_mq_open, act->path, act->flags | O_NONBLOCK, 0, NULL);
	long n;

	if (queue < 0)
		return -errno;
	n = syscall(SYS_mq_timedreceive, queue, act->text, sizeof(act->text), NULL, &now);
	close(queue);
	return n < 0 ? -errno : n;
}

static long unlink_queue(struct act *act)
{
	return syscall(SYS_mq_unlink, act->path) ? -errno : 0;
}

static long make_queue(struct act *act)
{
	return syscall(SYS_mq_open, act->path, O_RDWR | O_CREAT, 0600, NULL) < 0 ? -errno : 0;
}

TEST_F(queue, allowed)
{
	path_set(&self->act, "bw-open");
	self->act.flags = O_RDWR;
	EXPECT_LT(0, act_as(CLERK, receive, &self->act));
	EXPECT_STREQ(PLAIN, self->act.text);
}

/* 0x20 marks a file the kernel opened to run it; here a caller may set it. */
TEST_F(queue, closed)
{
	static const int flags[] = { O_RDONLY, O_RDWR, O_RDONLY | 0x20, O_RDWR | 0x20 };

	path_set(&self->act, "bw-closed");
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		self->act.flags = flags[i];
		EXPECT_EQ(-EACCES, act_as(CLERK, receive, &self->act));
		EXPECT_STREQ("", self->act.text);
	}
	self->act.flags = O_RDONLY;
	EXPECT_LT(0, act_as(FREE, receive, &self->act));
	EXPECT_STREQ(MARKER, self->act.text);
}

TEST_F(queue, removed_or_made)
{
	path_set(&self->act, "bw-closed");
	EXPECT_EQ(-EACCES, act_as(CLERK, unlink_queue, &self->act));
	path_set(&self->act, "bw-new");
	EXPECT_EQ(-EACCES, act_as(CLERK, make_queue, &self->act));
}

/* --- a terminal that somebody else reads next -------------------------------------------------------- */

static long push_letter(struct act *act)
{
	return ioctl(act->descriptor, TIOCSTI, "x") ? -errno : 0;
}

static int letters_waiting(int terminal)
{
	int waiting = -1;

	return ioctl(terminal, FIONREAD, &waiting) ? -errno : waiting;
}

/* As the leader of a session on a terminal that gives letters one by one: 0, or which step failed */
static int session(int master)
{
	struct act act = { 0 };
	struct termios raw;

	if (setsid() < 0)
		return 1;
	act.descriptor = open(ptsname(master), O_RDWR);
	if (act.descriptor < 0 || ioctl(act.descriptor, TIOCSCTTY, 0))
		return 2;
	tcgetattr(act.descriptor, &raw);
	cfmakeraw(&raw);
	tcsetattr(act.descriptor, TCSANOW, &raw);
	if (act_as(CAPABLE, push_letter, &act) >= 0 || letters_waiting(act.descriptor) != 0)
		return 3;
	if (act.result != -EACCES)
		return 4;
	if (act_as(FREE, push_letter, &act) || letters_waiting(act.descriptor) != 1)
		return 5;
	return 0;
}

/* A role holds its own terminal; whoever types there next is not of that role. */
TEST(letter_pushed_into_the_own_terminal)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), status = -1;
	pid_t pid;

	ASSERT_LE(0, master);
	ASSERT_EQ(0, grantpt(master) | unlockpt(master));
	pid = fork();
	if (!pid)
		_exit(session(master));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

TEST_HARNESS_MAIN
