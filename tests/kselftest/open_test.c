// SPDX-License-Identifier: Apache-2.0
/* Opening files: every way to ask, every flag, and what is read or changed by it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "matrix.h"
#include "ring.h"

/* --- flags against rights ----------------------------------------------- */

static void with_file(const char *directory)
{
	scene_file(PLAIN, "%s/file", directory);
	scene_gone("%s/new", directory);
}

static bool was_read(const char *directory, const struct act *act)
{
	return strstr(act->text, PLAIN);
}

static bool was_changed(const char *directory, const struct act *act)
{
	return !scene_holds(PLAIN, "%s/file", directory);
}

static bool was_emptied(const char *directory, const struct act *act)
{
	return scene_holds("", "%s/file", directory);
}

static bool was_created(const char *directory, const struct act *act)
{
	return scene_there("%s/new", directory);
}

static bool was_created_and_written(const char *directory, const struct act *act)
{
	return scene_holds("changed", "%s/new", directory);
}

/* Open the file below act->path with flags, use it both ways, close it. */
static long use(struct act *act, const char *name, int flags, mode_t mode)
{
	char path[600];
	long result = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", act->path, name);
	fd = open(path, flags | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	if ((flags & O_ACCMODE) != O_RDONLY && write(fd, "changed", 7) != 7)
		result = -errno;
	if ((flags & O_ACCMODE) != O_WRONLY &&
	    pread(fd, act->text, sizeof(act->text) - 1, 0) < 0)
		result = -errno;
	close(fd);
	return result;
}

#define USE(name, file, flags) \
	static long name(struct act *act) { return use(act, file, flags, 0644); }

USE(read_only, "file", O_RDONLY)
USE(read_only_nofollow, "file", O_RDONLY | O_NOFOLLOW | O_NOATIME | O_NONBLOCK)
USE(write_only, "file", O_WRONLY)
USE(read_write, "file", O_RDWR)
USE(append_only, "file", O_WRONLY | O_APPEND)
USE(read_append, "file", O_RDWR | O_APPEND)
USE(write_truncate, "file", O_WRONLY | O_TRUNC)
USE(read_truncate, "file", O_RDONLY | O_TRUNC)
USE(append_truncate, "file", O_WRONLY | O_APPEND | O_TRUNC)
USE(create_existing, "file", O_WRONLY | O_CREAT)
USE(create_new, "new", O_WRONLY | O_CREAT | O_EXCL)
USE(create_new_read, "new", O_RDONLY | O_CREAT)

MATRIX_TEST(read_only, R(READ), 0, with_file, read_only, was_read)
MATRIX_TEST(read_only_other_flags, R(READ), 0, with_file, read_only_nofollow, was_read)
MATRIX_TEST(write_only, R(WRITE), 0, with_file, write_only, was_changed)
MATRIX_TEST(read_write, R(READ) | R(WRITE), 0, with_file, read_write, was_changed)
MATRIX_TEST(append_only, R(APPEND), R(WRITE), with_file, append_only, was_changed)
MATRIX_TEST(read_append, R(READ) | R(APPEND), R(READ) | R(WRITE),
	    with_file, read_append, was_changed)
MATRIX_TEST(write_truncate, R(WRITE), 0, with_file, write_truncate, was_changed)
MATRIX_TEST(read_truncate, R(READ) | R(WRITE), 0, with_file, read_truncate, was_emptied)
MATRIX_TEST(append_truncate, R(WRITE), 0, with_file, append_truncate, was_changed)
MATRIX_TEST(create_existing, R(WRITE), 0, with_file, create_existing, was_changed)
MATRIX_TEST(create_new, R(CREATE) | R(WRITE), 0, with_file, create_new,
	    was_created_and_written)
/* The name is made before the file is opened: an open that is refused leaves it. */
MATRIX_TEST(create_new_read, R(CREATE), 0, with_file, create_new_read, was_created)

/* Access mode 3 opens for neither, but is checked as both: no way around. */
static long neither(struct act *act)
{
	path_set(act, "%s/file", strdupa(act->path));
	act->flags = O_ACCMODE;
	if (act_open(act) < 0)
		return act->descriptor < 0 ? -errno : 0;
	strcpy(act->text, PLAIN);
	return act_close(act);
}
MATRIX_TEST(access_mode_three, R(READ) | R(WRITE), 0, with_file, neither, was_read)

static long list(struct act *act)
{
	int fd = open(act->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char entries[2048];
	long n;

	if (fd < 0)
		return -errno;
	n = syscall(SYS_getdents64, fd, entries, sizeof(entries));
	close(fd);
	if (n < 0)
		return -errno;
	if (memmem(entries, n, "file", 5))
		strcpy(act->text, PLAIN);
	return 0;
}
MATRIX_TEST(list_directory, R(LIST), 0, with_file, list, was_read)

static long with_openat2(struct act *act)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC, .resolve = RESOLVE_BENEATH };
	int directory = open(act->path, O_PATH | O_CLOEXEC);
	int fd = syscall(SYS_openat2, directory, "file", &how, sizeof(how));
	long result = fd < 0 ? -errno : 0;

	if (fd >= 0 && read(fd, act->text, sizeof(act->text) - 1) < 0)
		result = -errno;
	close(fd);
	close(directory);
	return result;
}
MATRIX_TEST(openat2_beneath, R(READ), 0, with_file, with_openat2, was_read)

/* A descriptor that may only name the file, opened again through /proc. */
static long reopen(struct act *act)
{
	char path[600];
	int fd;

	snprintf(path, sizeof(path), "%s/file", act->path);
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	path_set(act, "/proc/self/fd/%d", fd);
	act->flags = O_RDONLY;
	return act_read(act);
}
MATRIX_TEST(reopen_path_descriptor, R(READ), 0, with_file, reopen, was_read)

/* --- an append-only right stays append-only -------------------------------- */

/*
 *   everything in /srv/bw/log: [read, append]
 *
 *   file: "first line"          whatever happens,
 *         ▲                     these bytes stay
 */
#define FIRST "first line\n"

FIXTURE(log)
{
	struct actor *clerk;
	struct act act;
};

FIXTURE_SETUP(log)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_directory(SCENE "/log");
	scene_file(FIRST, SCENE "/log/file");
	self->clerk = actor_start(&(struct subject){ .login = CLERK });
	path_set(&self->act, SCENE "/log/file");
	self->act.flags = O_RDWR | O_APPEND;
	ASSERT_LE(0, actor_do(self->clerk, act_open, &self->act));
	other_set(&self->act, "more\n");
	ASSERT_EQ(5, actor_do(self->clerk, act_write_descriptor, &self->act));
	ASSERT_TRUE(scene_holds(FIRST "more\n", SCENE "/log/file"));
}

FIXTURE_TEARDOWN(log)
{
	actor_stop(self->clerk);
}

#define EXPECT_FIRST_LINE()                                                    \
	do {                                                                   \
		struct act seen = { 0 };                                       \
									       \
		path_set(&seen, SCENE "/log/file");                            \
		act_here(act_read, &seen);                                     \
		EXPECT_EQ(0, strncmp(FIRST, seen.text, strlen(FIRST)));        \
	} while (0)

static long drop_append(struct act *act)
{
	if (fcntl(act->descriptor, F_SETFL, 0))
		return -errno;
	return pwrite(act->descriptor, "XXXX", 4, 0) < 0 ? -errno : 0;
}

TEST_F(log, flag_taken_off)
{
	EXPECT_GT(0, actor_do(self->clerk, drop_append, &self->act));
	EXPECT_FIRST_LINE();
}

static long map_shared(struct act *act)
{
	char *map = mmap(NULL, 4, PROT_READ | PROT_WRITE, MAP_SHARED, act->descriptor, 0);

	if (map == MAP_FAILED)
		return -errno;
	memcpy(map, "XXXX", 4);
	msync(map, 4, MS_SYNC);
	return 0;
}

TEST_F(log, mapped_writable)
{
	EXPECT_EQ(-EACCES, actor_do(self->clerk, map_shared, &self->act));
	EXPECT_FIRST_LINE();
}

static long map_then_protect(struct act *act)
{
	char *map = mmap(NULL, 4, PROT_READ, MAP_SHARED, act->descriptor, 0);

	if (map == MAP_FAILED)
		return -errno;
	if (mprotect(map, 4, PROT_READ | PROT_WRITE))
		return -errno;
	memcpy(map, "XXXX", 4);
	return 0;
}

TEST_F(log, made_writable_later)
{
	EXPECT_EQ(-EACCES, actor_do(self->clerk, map_then_protect, &self->act));
	EXPECT_FIRST_LINE();
}

static long punch(struct act *act)
{
	return fallocate(act->descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) ?
		       -errno : 0;
}

TEST_F(log, hole_punched)
{
	actor_do(self->clerk, punch, &self->act);
	EXPECT_FIRST_LINE();
}

static long cut(struct act *act)
{
	return ftruncate(act->descriptor, 0) ? -errno : 0;
}

TEST_F(log, truncated)
{
	EXPECT_EQ(-EACCES, actor_do(self->clerk, cut, &self->act));
	EXPECT_FIRST_LINE();
}

#ifndef RWF_NOAPPEND
#define RWF_NOAPPEND 0x20
#endif

/* From 6.9 on one write may ignore O_APPEND. */
static long write_in_place(struct act *act)
{
	struct iovec bytes = { .iov_base = "XXXX", .iov_len = 4 };

	return pwritev2(act->descriptor, &bytes, 1, 0, RWF_NOAPPEND) < 0 ? -errno : 0;
}

TEST_F(log, append_ignored_for_one_write)
{
	EXPECT_GT(0, actor_do(self->clerk, write_in_place, &self->act));
	EXPECT_FIRST_LINE();
}

/* The same by asynchronous I/O, which has a field for those flags. */
static long submit_in_place(struct act *act)
{
	struct iocb block = { .aio_lio_opcode = IOCB_CMD_PWRITE, .aio_fildes = act->descriptor,
			      .aio_buf = (uintptr_t)"XXXX", .aio_nbytes = 4,
			      .aio_rw_flags = RWF_NOAPPEND };
	struct iocb *blocks = &block;
	struct io_event event;
	aio_context_t context = 0;
	long result;

	if (syscall(SYS_io_setup, 1, &context))
		return -EUCLEAN;
	if (syscall(SYS_io_submit, context, 1, &blocks) != 1)
		return -errno;
	if (syscall(SYS_io_getevents, context, 1, 1, &event, NULL) != 1)
		return -EUCLEAN;
	result = event.res;
	syscall(SYS_io_destroy, context);
	return result;
}

TEST_F(log, append_ignored_by_asynchronous_write)
{
	EXPECT_GT(0, actor_do(self->clerk, submit_in_place, &self->act));
	EXPECT_FIRST_LINE();
}

/* --- files without a name --------------------------------------------------- */

FIXTURE(nameless)
{
	struct act act;
};

FIXTURE_SETUP(nameless)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	scene_gone(SCENE "/all/new");
	scene_gone(SCENE "/secret/new");
	int fd = open(SCENE "/all", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0 && errno == EOPNOTSUPP)
		SKIP(return, "this file system makes no file without a name");
	close(fd);
}

FIXTURE_TEARDOWN(nameless)
{
}

/* path: directory of the O_TMPFILE, other: the name it gets then */
static long nameless_then_link(struct act *act)
{
	char proc[64];
	int fd = open(act->path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	if (write(fd, "new", 3) != 3)
		return -errno;
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, proc, AT_FDCWD, act->other, AT_SYMLINK_FOLLOW) ? -errno : 0;
}

TEST_F(nameless, where_allowed)
{
	path_set(&self->act, SCENE "/all");
	other_set(&self->act, SCENE "/all/new");
	EXPECT_EQ(0, act_as(CLERK, nameless_then_link, &self->act));
	EXPECT_TRUE(scene_holds("new", SCENE "/all/new"));
}

TEST_F(nameless, in_a_closed_directory)
{
	path_set(&self->act, SCENE "/secret");
	other_set(&self->act, SCENE "/all/new");
	EXPECT_EQ(-EACCES, act_as(CLERK, nameless_then_link, &self->act));
	EXPECT_FALSE(scene_there(SCENE "/all/new"));
}

TEST_F(nameless, linked_into_a_closed_directory)
{
	path_set(&self->act, SCENE "/all");
	other_set(&self->act, SCENE "/secret/new");
	EXPECT_EQ(-EACCES, act_as(CLERK, nameless_then_link, &self->act));
	EXPECT_FALSE(scene_there(SCENE "/secret/new"));
}

TEST_F(nameless, into_the_vault_by_unconfined_root)
{
	path_set(&self->act, SCENE "/vault");
	other_set(&self->act, SCENE "/all/new");
	EXPECT_EQ(-EACCES, act_here(nameless_then_link, &self->act));
	path_set(&self->act, SCENE "/all");
	other_set(&self->act, SCENE "/vault/new");
	EXPECT_EQ(-EACCES, act_here(nameless_then_link, &self->act));
}

/* --- io_uring -------------------------------------------------------------------- */

/*
 *                 io_uring_setup   openat + read through the ring
 *   FREE          yes              the secret, but not the vault
 *   CLERK         no privilege     nothing
 *   RING          privilege        what the role reads, nothing else
 */
FIXTURE(uring)
{
	struct act act;
};

FIXTURE_VARIANT(uring)
{
	uid_t login;
	bool ring, secret;
};

FIXTURE_VARIANT_ADD(uring, unconfined) { .login = FREE, .ring = true, .secret = true };
FIXTURE_VARIANT_ADD(uring, without_privilege) { .login = CLERK };
FIXTURE_VARIANT_ADD(uring, with_privilege) { .login = RING, .ring = true };

FIXTURE_SETUP(uring)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	self->act.flags = O_RDONLY;
}

FIXTURE_TEARDOWN(uring)
{
}

static long ring_read(struct act *act)
{
	return ring_read_file(act->path, act->text, sizeof(act->text), act->number);
}

static void uring_try(struct __test_metadata *_metadata, struct act *act, uid_t login,
		      const char *path, bool allowed)
{
	int way;

	/* 0: inline; else forced onto a worker thread, which the kernel forks */
	for (way = 0; way < 2; way++) {
		path_set(act, "%s", path);
		act->number = way ? IOSQE_ASYNC : 0;
		act_as(login, ring_read, act);
		EXPECT_EQ(allowed, strstr(act->text, "may-see") != NULL) {
			TH_LOG("%s, login %u, %s: %ld", path, login, way ? "worker" : "inline",
			       act->result);
		}
	}
}

TEST_F(uring, plain) { uring_try(_metadata, &self->act, variant->login, SCENE "/all/plain", variant->ring); }
TEST_F(uring, secret) { uring_try(_metadata, &self->act, variant->login, SECRET, variant->secret); }
TEST_F(uring, vault) { uring_try(_metadata, &self->act, variant->login, VAULT, false); }

TEST_HARNESS_MAIN
