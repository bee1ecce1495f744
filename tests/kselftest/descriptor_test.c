// SPDX-License-Identifier: Apache-2.0
/* Descriptors from before the role, from others, and from before a right was taken. */
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "role.h"
#include "scene.h"

/* --- uses of a descriptor: act->descriptor in, act->text or the file's change out ------- */

static long finish(struct act *act, ssize_t n)
{
	if (n < 0)
		return -errno;
	act->text[n] = '\0';
	return n;
}

#define ROOM (sizeof(act->text) - 1)

static long by_read(struct act *act)
{
	lseek(act->descriptor, 0, SEEK_SET);
	return finish(act, read(act->descriptor, act->text, ROOM));
}

static long by_pread(struct act *act)
{
	return finish(act, pread(act->descriptor, act->text, ROOM, 0));
}

static long by_readv(struct act *act)
{
	struct iovec to = { .iov_base = act->text, .iov_len = ROOM };

	return finish(act, preadv2(act->descriptor, &to, 1, 0, RWF_HIPRI));
}

static long by_map(struct act *act)
{
	char *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, act->descriptor, 0);

	if (map == MAP_FAILED)
		return -errno;
	strncpy(act->text, map, ROOM);
	munmap(map, 4096);
	return strlen(act->text);
}

static long from_pipe(struct act *act, int pipe_read, ssize_t moved)
{
	if (moved < 0)
		return -errno;
	return finish(act, read(pipe_read, act->text, ROOM));
}

static long by_sendfile(struct act *act)
{
	loff_t at = 0;
	int ends[2];

	if (pipe(ends))
		return -errno;
	return from_pipe(act, ends[0], sendfile(ends[1], act->descriptor, &at, 64));
}

static long by_splice(struct act *act)
{
	loff_t at = 0;
	int ends[2];

	if (pipe(ends))
		return -errno;
	return from_pipe(act, ends[0], splice(act->descriptor, &at, ends[1], NULL, 64, 0));
}

/* From one pipe into another: what was refused to the first is not in the second. */
static long by_tee(struct act *act)
{
	loff_t at = 0;
	int ends[2], more[2];

	if (pipe(ends) || pipe(more))
		return -EUCLEAN;
	if (splice(act->descriptor, &at, ends[1], NULL, 64, 0) < 0)
		return -errno;
	return from_pipe(act, more[0], tee(ends[0], more[1], 64, 0));
}

static long by_asynchronous_read(struct act *act)
{
	struct iocb block = { .aio_lio_opcode = IOCB_CMD_PREAD, .aio_fildes = act->descriptor,
			      .aio_buf = (uintptr_t)act->text, .aio_nbytes = ROOM };
	struct iocb *blocks = &block;
	struct io_event event;
	aio_context_t context = 0;

	if (syscall(SYS_io_setup, 1, &context))
		return -EUCLEAN;
	if (syscall(SYS_io_submit, context, 1, &blocks) != 1)
		return -errno;
	if (syscall(SYS_io_getevents, context, 1, 1, &event, NULL) != 1)
		return -EUCLEAN;
	syscall(SYS_io_destroy, context);
	errno = event.res < 0 ? -event.res : 0;
	return finish(act, event.res < 0 ? -1 : event.res);
}

/* Its blocks become another file's, too. */
static long by_clone(struct act *act)
{
	int fd = open(SCENE "/all/copy", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return -EUCLEAN;
	if (ioctl(fd, FICLONE, act->descriptor))
		return -errno;
	return finish(act, pread(fd, act->text, ROOM, 0));
}

/* Whoever guesses the content is told so. */
static long by_comparison(struct act *act)
{
	union {
		struct file_dedupe_range range;
		char room[sizeof(struct file_dedupe_range) + sizeof(struct file_dedupe_range_info)];
	} ask = { .range = { .dest_count = 1 } };
	int fd = open(SCENE "/all/copy", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	char block[4096] = "other";

	if (fd < 0 || write(fd, block, sizeof(block)) != sizeof(block))
		return -EUCLEAN;
	ask.range.src_length = sizeof(block);
	ask.range.info[0].dest_fd = fd;
	if (ioctl(act->descriptor, FIDEDUPERANGE, &ask))
		return -errno;
	if (ask.range.info[0].status < 0)
		return ask.range.info[0].status;
	return finish(act, snprintf(act->text, ROOM, "%s", ask.range.info[0].status ? "differs" : "same"));
}

static long by_copy(struct act *act)
{
	int fd = open(SCENE "/all/copy", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	loff_t at = 0;

	if (fd < 0)
		return -EUCLEAN;
	if (copy_file_range(act->descriptor, &at, fd, NULL, 64, 0) < 0)
		return -errno;
	return finish(act, pread(fd, act->text, ROOM, 0));
}

static long by_reopen(struct act *act)
{
	path_set(act, "/proc/self/fd/%d", act->descriptor);
	act->flags = O_RDONLY;
	return act_read(act);
}

static long by_write(struct act *act)
{
	return pwrite(act->descriptor, "changed", 7, 0) < 0 ? -errno : 0;
}

static long by_writev(struct act *act)
{
	struct iovec from = { .iov_base = "changed", .iov_len = 7 };

	return pwritev(act->descriptor, &from, 1, 0) < 0 ? -errno : 0;
}

static long by_splice_in(struct act *act)
{
	loff_t at = 0;
	int ends[2];

	if (pipe(ends) || write(ends[1], "changed", 7) != 7)
		return -EUCLEAN;
	return splice(ends[0], NULL, act->descriptor, &at, 7, 0) < 0 ? -errno : 0;
}

static long by_copy_in(struct act *act)
{
	int fd = open(SCENE "/all/source", O_RDONLY | O_CLOEXEC);
	loff_t from = 0, to = 0;

	if (fd < 0)
		return -EUCLEAN;
	return copy_file_range(fd, &from, act->descriptor, &to, 7, 0) < 0 ? -errno : 0;
}

static long by_sendfile_in(struct act *act)
{
	int fd = open(SCENE "/all/source", O_RDONLY | O_CLOEXEC);
	loff_t from = 0;

	if (fd < 0)
		return -EUCLEAN;
	lseek(act->descriptor, 0, SEEK_SET);
	return sendfile(act->descriptor, fd, &from, 7) < 0 ? -errno : 0;
}

/* Pages of memory, given to a pipe and from there to the file */
static long by_vmsplice(struct act *act)
{
	static char page[4096] __attribute__((aligned(4096))) = "changed";
	struct iovec from = { .iov_base = page, .iov_len = 7 };
	loff_t at = 0;
	int ends[2];

	if (pipe(ends) || vmsplice(ends[1], &from, 1, SPLICE_F_GIFT) != 7)
		return -EUCLEAN;
	return splice(ends[0], NULL, act->descriptor, &at, 7, SPLICE_F_MOVE) < 0 ? -errno : 0;
}

static long by_hole(struct act *act)
{
	return fallocate(act->descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) ?
		       -errno : 0;
}

static long by_zeroes(struct act *act)
{
	return fallocate(act->descriptor, FALLOC_FL_ZERO_RANGE, 0, 7) ? -errno : 0;
}

static long by_shared_map(struct act *act)
{
	char *map = mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, act->descriptor, 0);

	if (map == MAP_FAILED)
		return -errno;
	memcpy(map, "changed", 7);
	munmap(map, 4096);
	return 0;
}

static long by_truncate(struct act *act)
{
	return ftruncate(act->descriptor, 3) ? -errno : 0;
}

static long by_fallocate(struct act *act)
{
	return fallocate(act->descriptor, 0, 0, 100) ? -errno : 0;
}

static long by_fchmod(struct act *act)
{
	return fchmod(act->descriptor, 0600) ? -errno : 0;
}

/* --- inherited, received ----------------------------------------------------------------- */

/*
 *   opened by             comes by            held by     secret   plain
 *   unconfined process    inheritance         CLERK       closed   works
 *   unconfined process    SCM_RIGHTS          CLERK       closed   works
 *   KEEPER                SCM_RIGHTS          FREE        the vault: closed
 */
FIXTURE(foreign)
{
	struct act act;
	struct actor *actor, *giver;
};

FIXTURE_VARIANT(foreign)
{
	const char *file, *content;
	uid_t opener, user;
	bool passed, works;
};

FIXTURE_VARIANT_ADD(foreign, inherited_secret) {
	.file = SECRET, .content = MARKER, .user = CLERK };
FIXTURE_VARIANT_ADD(foreign, inherited_plain) {
	.file = SCENE "/all/plain", .content = PLAIN, .user = CLERK, .works = true };
FIXTURE_VARIANT_ADD(foreign, received_secret) {
	.file = SECRET, .content = MARKER, .opener = FREE, .user = CLERK, .passed = true };
FIXTURE_VARIANT_ADD(foreign, received_plain) {
	.file = SCENE "/all/plain", .content = PLAIN, .opener = FREE, .user = CLERK,
	.passed = true, .works = true };
FIXTURE_VARIANT_ADD(foreign, received_vault) {
	.file = VAULT, .content = MARKER, .opener = KEEPER, .user = FREE, .passed = true };

union rights {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

/* path: what to open, number: the socket */
static long give(struct act *act)
{
	union rights rights = { 0 };
	char byte = 0;
	struct iovec one = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &one, .msg_iovlen = 1, .msg_control = &rights,
		.msg_controllen = sizeof(rights) };
	int fd = open(act->path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	rights.header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(&rights.header), &fd, sizeof(fd));
	return sendmsg(act->number, &message, 0) < 0 ? -errno : 0;
}

/* number: the socket; leaves what came in act->descriptor, -1 for none */
static long take(struct act *act)
{
	union rights rights = { 0 };
	char byte = 0;
	struct iovec one = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &one, .msg_iovlen = 1, .msg_control = &rights,
		.msg_controllen = sizeof(rights) };

	act->descriptor = -1;
	if (recvmsg(act->number, &message, MSG_DONTWAIT) < 0)
		return -errno;
	if (message.msg_controllen >= CMSG_LEN(sizeof(int)))
		memcpy(&act->descriptor, CMSG_DATA(&rights.header), sizeof(int));
	return act->descriptor < 0 ? -EACCES : 0;
}

FIXTURE_SETUP(foreign)
{
	int ends[2];

	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	scene_gone(SCENE "/all/copy");
	scene_file("changed", SCENE "/all/source");
	self->giver = NULL;
	if (!variant->passed) {
		self->act.descriptor = open(variant->file, O_RDWR);
		ASSERT_LE(0, self->act.descriptor);
	} else {
		ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, ends));
		self->giver = actor_start(&(struct subject){ .login = variant->opener });
		self->act.number = ends[0];
		path_set(&self->act, "%s", variant->file);
		ASSERT_EQ(0, actor_do(self->giver, give, &self->act));
		self->act.number = ends[1];
	}
	self->actor = actor_start(&(struct subject){ .login = variant->user });
	if (variant->passed)
		actor_do(self->actor, take, &self->act);
	if (variant->works)
		ASSERT_LE(0, self->act.descriptor);
}

FIXTURE_TEARDOWN(foreign)
{
	actor_stop(self->actor);
	actor_stop(self->giver);
	/* Put back what a permitted twin changed. */
	scene_all();
	EXPECT_TRUE(scene_vault_intact(VAULT));
}

#define READ_TEST(test)                                                        \
	TEST_F(foreign, test)                                                  \
	{                                                                      \
		actor_do(self->actor, test, &self->act);                       \
		EXPECT_EQ(variant->works, strstr(self->act.text, variant->content) != NULL) { \
			TH_LOG("%ld", self->act.result);                       \
		}                                                              \
		if (!variant->works)                                           \
			EXPECT_GT(0, self->act.result);                        \
	}

READ_TEST(by_read)
READ_TEST(by_pread)
READ_TEST(by_readv)
READ_TEST(by_map)
READ_TEST(by_sendfile)
READ_TEST(by_splice)
READ_TEST(by_tee)
READ_TEST(by_asynchronous_read)
READ_TEST(by_copy)
READ_TEST(by_reopen)

static long look(struct act *act)
{
	struct stat st;

	act->flags = O_RDONLY;
	act_read(act);
	act->number = stat(act->path, &st) ? -1 : (int)(st.st_mode & 07777);
	return 0;
}

#define CHANGE_TEST(test)                                                      \
	TEST_F(foreign, test)                                                  \
	{                                                                      \
		struct act seen = { 0 };                                       \
									       \
		actor_do(self->actor, test, &self->act);                       \
		path_set(&seen, "%s", variant->file);                          \
		act_as(variant->opener == KEEPER ? KEEPER : FREE, look, &seen); \
		EXPECT_EQ(variant->works, strcmp(variant->content, seen.text) || \
			  seen.number != 0644) {                               \
			TH_LOG("%ld", self->act.result);                       \
		}                                                              \
		if (!variant->works)                                           \
			EXPECT_GT(0, self->act.result);                        \
	}

CHANGE_TEST(by_write)
CHANGE_TEST(by_writev)
CHANGE_TEST(by_splice_in)
CHANGE_TEST(by_copy_in)
CHANGE_TEST(by_sendfile_in)
CHANGE_TEST(by_vmsplice)
CHANGE_TEST(by_shared_map)
CHANGE_TEST(by_truncate)
CHANGE_TEST(by_fchmod)

/* Where a file system keeps blocks for several files, or can leave some out */
static bool can_share(void)
{
	int from = open(SCENE "/all/source", O_RDONLY | O_CLOEXEC);
	int to = open(SCENE "/all/copy", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	bool can = !ioctl(to, FICLONE, from);

	close(from);
	close(to);
	return can;
}

TEST_F(foreign, by_clone)
{
	if (!can_share())
		SKIP(return, "no shared blocks on this file system");
	actor_do(self->actor, by_clone, &self->act);
	EXPECT_EQ(variant->works, strstr(self->act.text, variant->content) != NULL);
	if (!variant->works)
		EXPECT_GT(0, self->act.result);
}

TEST_F(foreign, by_comparison)
{
	if (!can_share())
		SKIP(return, "no shared blocks on this file system");
	actor_do(self->actor, by_comparison, &self->act);
	/* The file is too short to be compared, which is an answer all the same. */
	EXPECT_EQ(variant->works, self->act.text[0] || self->act.result == -EINVAL) {
		TH_LOG("%ld", self->act.result);
	}
}

#define HOLE_TEST(test)                                                        \
	TEST_F(foreign, test)                                                  \
	{                                                                      \
		struct act seen = { 0 };                                       \
									       \
		actor_do(self->actor, test, &self->act);                       \
		if (self->act.result == -EOPNOTSUPP)                           \
			SKIP(return, "not on this file system");               \
		path_set(&seen, "%s", variant->file);                          \
		act_as(variant->opener == KEEPER ? KEEPER : FREE, look, &seen); \
		EXPECT_EQ(variant->works, strcmp(variant->content, seen.text) != 0); \
		if (!variant->works)                                           \
			EXPECT_GT(0, self->act.result);                        \
	}

HOLE_TEST(by_hole)
HOLE_TEST(by_zeroes)

/* Makes it longer; `look` stops at the first NUL, so it has its own judge. */
TEST_F(foreign, by_fallocate)
{
	actor_do(self->actor, by_fallocate, &self->act);
	EXPECT_EQ(variant->works, self->act.result != -EACCES && self->act.result != -EBADF);
}

/* An inherited directory: reading its entries is listing it. */
static long by_entries(struct act *act)
{
	char entries[2048];
	long n = syscall(SYS_getdents64, act->descriptor, entries, sizeof(entries));

	if (n < 0)
		return -errno;
	if (memmem(entries, n, "marker", 7) || memmem(entries, n, "plain", 6))
		strcpy(act->text, "listed");
	return n;
}

FIXTURE(directory)
{
	struct act act;
};

FIXTURE_SETUP(directory)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
}

FIXTURE_TEARDOWN(directory)
{
}

TEST_F(directory, inherited_plain)
{
	self->act.descriptor = open(SCENE "/all", O_RDONLY | O_DIRECTORY);
	EXPECT_LT(0, act_as(CLERK, by_entries, &self->act));
	EXPECT_STREQ("listed", self->act.text);
}

TEST_F(directory, inherited_secret)
{
	self->act.descriptor = open(SCENE "/secret", O_RDONLY | O_DIRECTORY);
	EXPECT_EQ(-EACCES, act_as(CLERK, by_entries, &self->act));
	EXPECT_STREQ("", self->act.text);
}

/* --- taken out of another process ------------------------------------------------------ */

FIXTURE(thief)
{
	struct act act;
	int secret;
};

FIXTURE_SETUP(thief)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	self->secret = open(SECRET, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->secret);
}

FIXTURE_TEARDOWN(thief)
{
}

/* number: process, flags: its descriptor */
static long by_pidfd(struct act *act)
{
	int process = syscall(SYS_pidfd_open, act->number, 0);

	if (process < 0)
		return -errno;
	act->descriptor = syscall(SYS_pidfd_getfd, process, act->flags, 0);
	return act->descriptor < 0 ? -errno : by_pread(act);
}

TEST_F(thief, pidfd_getfd)
{
	self->act.number = getpid();
	self->act.flags = self->secret;
	EXPECT_GT(0, act_as(CLERK, by_pidfd, &self->act));
	EXPECT_STREQ("", self->act.text);
	/* every capability, ptrace's too: the descriptor is still not this role's */
	EXPECT_GT(0, act_as(CAPABLE, by_pidfd, &self->act));
	EXPECT_STREQ("", self->act.text);
	EXPECT_LT(0, act_as(FREE, by_pidfd, &self->act));
}

TEST_F(thief, proc_fd)
{
	path_set(&self->act, "/proc/%d/fd/%d", getpid(), self->secret);
	EXPECT_GT(0, act_as(CLERK, act_read, &self->act));
	EXPECT_GT(0, act_as(CAPABLE, act_read, &self->act));
	EXPECT_STREQ("", self->act.text);
}

/* --- a right taken while the file is open ------------------------------------------------ */

/*
 *   time ──▶     assign clerk            revoke               assign clerk
 *   MOVER   none      │ open, read: yes    │ same descriptor: no │ same: yes again
 */
FIXTURE(revoked)
{
	struct act act;
	struct actor *actor;
};

FIXTURE_SETUP(revoked)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	ASSERT_TRUE(role_assign(MOVER, "clerk"));
	self->actor = actor_start(&(struct subject){ .login = MOVER });
	path_set(&self->act, SCENE "/all/plain");
	self->act.flags = O_RDWR;
	ASSERT_LE(0, actor_do(self->actor, act_open, &self->act));
	ASSERT_LT(0, actor_do(self->actor, by_pread, &self->act));
	ASSERT_STREQ(PLAIN, self->act.text);
}

FIXTURE_TEARDOWN(revoked)
{
	actor_stop(self->actor);
	run_command("bailiwick revoke user:%u || true", MOVER);
	scene_all();
}

TEST_F(revoked, reading_ends_and_begins_again)
{
	ASSERT_TRUE(role_revoke(MOVER));
	EXPECT_EQ(-EACCES, actor_do(self->actor, by_pread, &self->act));
	EXPECT_EQ(-EACCES, actor_do(self->actor, by_read, &self->act));
	EXPECT_EQ(-EACCES, actor_do(self->actor, by_readv, &self->act));
	EXPECT_EQ(-EACCES, actor_do(self->actor, by_map, &self->act));
	EXPECT_GT(0, actor_do(self->actor, by_sendfile, &self->act));
	EXPECT_STREQ("", self->act.text);
	ASSERT_TRUE(role_assign(MOVER, "clerk"));
	EXPECT_LT(0, actor_do(self->actor, by_pread, &self->act));
	EXPECT_STREQ(PLAIN, self->act.text);
}

TEST_F(revoked, writing_ends)
{
	ASSERT_TRUE(role_revoke(MOVER));
	EXPECT_EQ(-EACCES, actor_do(self->actor, by_write, &self->act));
	EXPECT_EQ(-EACCES, actor_do(self->actor, by_shared_map, &self->act));
	EXPECT_EQ(-EACCES, actor_do(self->actor, by_truncate, &self->act));
	EXPECT_TRUE(scene_holds(PLAIN, SCENE "/all/plain"));
	ASSERT_TRUE(role_assign(MOVER, "clerk"));
	EXPECT_EQ(0, actor_do(self->actor, by_write, &self->act));
}

static long until_refused(struct act *act)
{
	long result;

	do
		result = by_pread(act);
	while (result >= 0);
	return result;
}

TEST_F(revoked, reading_in_a_loop)
{
	struct timespec slice = { .tv_nsec = 10000000 };
	int slices;

	actor_begin(self->actor, until_refused, &self->act);
	nanosleep(&slice, NULL);
	EXPECT_FALSE(actor_ended(self->actor, &self->act));
	ASSERT_TRUE(role_revoke(MOVER));
	for (slices = 0; slices < 100 && !actor_ended(self->actor, &self->act); slices++)
		nanosleep(&slice, NULL);
	EXPECT_GT(100, slices);
	EXPECT_EQ(-EACCES, self->act.result);
}

/* Another post: what was open of the old one closes, the new one's files open. */
TEST_F(revoked, another_role_instead)
{
	scene_directory(SCENE "/archive");
	scene_file(PLAIN, SCENE "/archive/file");
	struct act other = { .flags = O_RDONLY };

	path_set(&other, SCENE "/archive/file");
	EXPECT_EQ(-EACCES, actor_do(self->actor, act_read, &other));
	ASSERT_TRUE(role_assign(MOVER, "archivist"));
	ASSERT_EQ(0, run_command("bailiwick revoke user:%u clerk", MOVER));
	EXPECT_EQ(-EACCES, actor_do(self->actor, by_pread, &self->act));
	EXPECT_LT(0, actor_do(self->actor, act_read, &other));
}

/* Nobody becomes unconfined by a revocation. */
TEST_F(revoked, what_is_left_is_nothing)
{
	struct act other = { .flags = O_RDONLY };

	ASSERT_TRUE(role_revoke(MOVER));
	path_set(&other, SECRET);
	EXPECT_EQ(-EACCES, actor_do(self->actor, act_read, &other));
	path_set(&other, "/etc/passwd");
	EXPECT_EQ(-EACCES, actor_do(self->actor, act_read, &other));
	path_set(&other, "/dev/null");
	EXPECT_EQ(0, actor_do(self->actor, act_read, &other));
}

TEST_HARNESS_MAIN
