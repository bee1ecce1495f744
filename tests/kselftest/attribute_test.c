// SPDX-License-Identifier: Apache-2.0
/* What can be changed of a file without opening it for writing. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#include "matrix.h"

#define NAME(buffer)                                                           \
	char buffer[600];                                                      \
	snprintf(buffer, sizeof(buffer), "%s/file", act->path)

/* A point in time nobody is at. */
static const struct timespec long_ago[2] = { { .tv_sec = 86400 }, { .tv_sec = 86400 } };

static void with_file(const char *directory)
{
	char name[256];

	scene_file(PLAIN, "%s/file", directory);
	snprintf(name, sizeof(name), "%s/file", directory);
	utimensat(AT_FDCWD, name, NULL, 0);
	removexattr(name, "system.posix_acl_access");
	removexattr(name, "user.test");
}

static struct stat look(const char *directory)
{
	struct stat st = { 0 };
	char name[256];

	snprintf(name, sizeof(name), "%s/file", directory);
	stat(name, &st);
	return st;
}

static bool mode_changed(const char *directory, const struct act *act)
{
	return (look(directory).st_mode & 07777) != 0644;
}

static bool owner_changed(const char *directory, const struct act *act)
{
	return look(directory).st_uid == 1234;
}

static bool time_changed(const char *directory, const struct act *act)
{
	return look(directory).st_mtime == 86400;
}

static bool cut_off(const char *directory, const struct act *act)
{
	return look(directory).st_size == 3;
}

static long by_chmod(struct act *act)
{
	NAME(name);
	return chmod(name, 0600) ? -errno : 0;
}

/* chmod of a descriptor that was opened with no right at all, through /proc */
static long by_chmod_proc(struct act *act)
{
	char proc[64];
	NAME(name);
	int fd = open(name, O_PATH | O_CLOEXEC);

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	return chmod(proc, 0600) ? -errno : 0;
}

static long by_chown(struct act *act)
{
	NAME(name);
	return chown(name, 1234, 1234) ? -errno : 0;
}

static long by_lchown(struct act *act)
{
	NAME(name);
	return lchown(name, 1234, -1) ? -errno : 0;
}

static long by_chown_descriptor(struct act *act)
{
	NAME(name);
	int fd = open(name, O_PATH | O_CLOEXEC);

	return fchownat(fd, "", 1234, -1, AT_EMPTY_PATH) ? -errno : 0;
}

static long by_utimes(struct act *act)
{
	NAME(name);
	return utimensat(AT_FDCWD, name, long_ago, 0) ? -errno : 0;
}

static long by_utimes_descriptor(struct act *act)
{
	char proc[64];
	NAME(name);
	int fd = open(name, O_PATH | O_CLOEXEC);

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	return utimensat(AT_FDCWD, proc, long_ago, 0) ? -errno : 0;
}

static long by_truncate(struct act *act)
{
	NAME(name);
	return truncate(name, 3) ? -errno : 0;
}

MATRIX_TEST(chmod, R(SETATTR), 0, with_file, by_chmod, mode_changed)
MATRIX_TEST(chmod_through_proc, R(SETATTR), 0, with_file, by_chmod_proc, mode_changed)
MATRIX_TEST(chown, R(SETATTR), 0, with_file, by_chown, owner_changed)
MATRIX_TEST(lchown, R(SETATTR), 0, with_file, by_lchown, owner_changed)
MATRIX_TEST(chown_empty_path, R(SETATTR), 0, with_file, by_chown_descriptor, owner_changed)
MATRIX_TEST(utimes, R(SETATTR), 0, with_file, by_utimes, time_changed)
MATRIX_TEST(utimes_through_proc, R(SETATTR), 0, with_file, by_utimes_descriptor, time_changed)
MATRIX_TEST(truncate, R(WRITE), 0, with_file, by_truncate, cut_off)

/* The other system calls for a time; some can only say "now". */
static void with_old_file(const char *directory)
{
	char name[256];

	with_file(directory);
	snprintf(name, sizeof(name), "%s/file", directory);
	utimensat(AT_FDCWD, name, long_ago, 0);
}

static bool made_new(const char *directory, const struct act *act)
{
	return look(directory).st_mtime != 86400;
}

static bool access_time_changed(const char *directory, const struct act *act)
{
	return look(directory).st_atime == 86400;
}

static long by_utime(struct act *act)
{
	NAME(name);
	return utime(name, &(struct utimbuf){ 86400, 86400 }) ? -errno : 0;
}

static long by_futimesat(struct act *act)
{
	const struct timeval times[2] = { { .tv_sec = 86400 }, { .tv_sec = 86400 } };
	int directory = open(act->path, O_PATH | O_CLOEXEC);

	return futimesat(directory, "file", times) ? -errno : 0;
}

static long by_utimes_now(struct act *act)
{
	NAME(name);
	return utimensat(AT_FDCWD, name, NULL, 0) ? -errno : 0;
}

static long by_access_time(struct act *act)
{
	const struct timespec times[2] = { { .tv_sec = 86400 }, { .tv_nsec = UTIME_OMIT } };
	NAME(name);
	return utimensat(AT_FDCWD, name, times, AT_SYMLINK_NOFOLLOW) ? -errno : 0;
}

MATRIX_TEST(utime, R(SETATTR), 0, with_file, by_utime, time_changed)
MATRIX_TEST(futimesat, R(SETATTR), 0, with_file, by_futimesat, time_changed)
MATRIX_TEST(utimes_now, R(SETATTR), R(WRITE), with_old_file, by_utimes_now, made_new)
MATRIX_TEST(utimes_one_omitted, R(SETATTR), 0, with_file, by_access_time, access_time_changed)

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static long by_fchmodat2(struct act *act)
{
	NAME(name);
	int fd = open(name, O_PATH | O_CLOEXEC);

	return syscall(SYS_fchmodat2, fd, "", 0600, AT_EMPTY_PATH) ? -errno : 0;
}

TEST_F(right, fchmodat2)
{
	const struct operation operation = {
		R(SETATTR), 0, with_file, by_fchmodat2, mode_changed };

	if (syscall(SYS_fchmodat2, AT_FDCWD, "/", 0755, -1) && errno == ENOSYS)
		SKIP(return, "this kernel has no fchmodat2");
	matrix_both(_metadata, self->clerk, &operation, variant);
}

/* --- looking ------------------------------------------------------------------------- */

static bool said_yes(const char *directory, const struct act *act)
{
	return act->number == 1;
}

static void with_link(const char *directory)
{
	char name[256];

	with_file(directory);
	snprintf(name, sizeof(name), "%s/link", directory);
	if (symlink(MARKER, name) && errno != EEXIST)
		abort();
}

static bool target_read(const char *directory, const struct act *act)
{
	return strstr(act->text, MARKER);
}

/* A number that is never 0 tells whether it was filled in. */
static long seen(struct act *act, int result, const struct stat *st)
{
	act->number = st->st_ino != 0;
	return result ? -errno : 0;
}

static long by_stat(struct act *act)
{
	struct stat st = { 0 };
	NAME(name);
	int result = stat(name, &st);

	return seen(act, result, &st);
}

static long by_lstat(struct act *act)
{
	struct stat st = { 0 };
	NAME(name);
	int result = lstat(name, &st);

	return seen(act, result, &st);
}

static long by_fstat(struct act *act)
{
	struct stat st = { 0 };
	NAME(name);
	int fd = open(name, O_PATH | O_CLOEXEC), result = fstat(fd, &st);

	return seen(act, result, &st);
}

static long by_statx(struct act *act)
{
	struct statx stx = { 0 };
	NAME(name);
	long result = statx(AT_FDCWD, name, AT_STATX_DONT_SYNC, STATX_INO, &stx) ? -errno : 0;

	act->number = stx.stx_ino != 0;
	return result;
}

static long by_readlink(struct act *act)
{
	char name[600];

	snprintf(name, sizeof(name), "%s/link", act->path);
	return readlink(name, act->text, sizeof(act->text) - 1) < 0 ? -errno : 0;
}

static long by_readlink_descriptor(struct act *act)
{
	char name[600];
	int fd;

	snprintf(name, sizeof(name), "%s/link", act->path);
	fd = open(name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return readlinkat(fd, "", act->text, sizeof(act->text) - 1) < 0 ? -errno : 0;
}

MATRIX_TEST(stat, R(STAT), 0, with_file, by_stat, said_yes)
MATRIX_TEST(lstat, R(STAT), 0, with_file, by_lstat, said_yes)
MATRIX_TEST(fstat_of_a_name, R(STAT), 0, with_file, by_fstat, said_yes)
MATRIX_TEST(statx, R(STAT), 0, with_file, by_statx, said_yes)
MATRIX_TEST(readlink, R(READ), R(STAT), with_link, by_readlink, target_read)
MATRIX_TEST(readlink_descriptor, R(READ), R(STAT), with_link, by_readlink_descriptor, target_read)

/* --- extended attributes ----------------------------------------------------------- */

static bool has(const char *directory, const char *attribute)
{
	char name[256];

	snprintf(name, sizeof(name), "%s/file", directory);
	return getxattr(name, attribute, NULL, 0) >= 0;
}

static bool user_set(const char *directory, const struct act *act)
{
	return has(directory, "user.test");
}

static bool user_went(const char *directory, const struct act *act)
{
	return !has(directory, "user.test");
}

static void with_attribute(const char *directory)
{
	char name[256];

	with_file(directory);
	snprintf(name, sizeof(name), "%s/file", directory);
	setxattr(name, "user.test", "value", 5, 0);
}

/* Writing for everybody, as the kernel's version 2 of an access list has it. */
static const unsigned char acl[] = {
	2, 0, 0, 0,
	1, 0, 6, 0, 255, 255, 255, 255,		/* owner rw- */
	2, 0, 6, 0, 210, 4, 0, 0,		/* user 1234 rw- */
	4, 0, 4, 0, 255, 255, 255, 255,		/* group r-- */
	16, 0, 6, 0, 255, 255, 255, 255,	/* mask rw- */
	32, 0, 4, 0, 255, 255, 255, 255,	/* others r-- */
};

static bool acl_set(const char *directory, const struct act *act)
{
	return has(directory, "system.posix_acl_access");
}

static bool acl_went(const char *directory, const struct act *act)
{
	return !has(directory, "system.posix_acl_access");
}

static void with_acl(const char *directory)
{
	char name[256];

	with_file(directory);
	snprintf(name, sizeof(name), "%s/file", directory);
	setxattr(name, "system.posix_acl_access", acl, sizeof(acl), 0);
}

static long by_setxattr(struct act *act)
{
	NAME(name);
	return setxattr(name, "user.test", "value", 5, 0) ? -errno : 0;
}

static long by_lsetxattr(struct act *act)
{
	NAME(name);
	return lsetxattr(name, "user.test", "value", 5, 0) ? -errno : 0;
}

static long by_removexattr(struct act *act)
{
	NAME(name);
	return removexattr(name, "user.test") ? -errno : 0;
}

static long by_acl(struct act *act)
{
	NAME(name);
	return setxattr(name, "system.posix_acl_access", acl, sizeof(acl), 0) ? -errno : 0;
}

static long by_acl_removed(struct act *act)
{
	NAME(name);
	return removexattr(name, "system.posix_acl_access") ? -errno : 0;
}

/* tmpfs, the upper layer of an overlay root, keeps no user attributes on 6.1. */
#define ATTRIBUTE_TEST(test, ...)                                              \
	TEST_F(right, test)                                                    \
	{                                                                      \
		const struct operation operation = { __VA_ARGS__ };            \
									       \
		scene_directory(SCENE "/all");                                 \
		with_attribute(SCENE "/all");                                  \
		if (!has(SCENE "/all", "user.test"))                           \
			SKIP(return, "no user attributes on this file system"); \
		matrix_both(_metadata, self->clerk, &operation, variant);      \
	}

ATTRIBUTE_TEST(setxattr, R(XATTR), 0, with_file, by_setxattr, user_set)
ATTRIBUTE_TEST(lsetxattr, R(XATTR), 0, with_file, by_lsetxattr, user_set)
ATTRIBUTE_TEST(removexattr, R(XATTR), 0, with_attribute, by_removexattr, user_went)
MATRIX_TEST(acl_set, R(XATTR), 0, with_file, by_acl, acl_set)
MATRIX_TEST(acl_removed, R(XATTR), 0, with_acl, by_acl_removed, acl_went)

/* Reading one is looking: an access list tells who may, an attribute what is said of the file. */
static bool value_read(const char *directory, const struct act *act)
{
	return act->number > 0;
}

static long by_getxattr(struct act *act)
{
	NAME(name);
	act->number = getxattr(name, "user.test", act->text, sizeof(act->text));
	return act->number < 0 ? -errno : 0;
}

static long by_fgetxattr(struct act *act)
{
	char proc[64];
	NAME(name);
	int fd = open(name, O_PATH | O_CLOEXEC);

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	act->number = getxattr(proc, "user.test", act->text, sizeof(act->text));
	return act->number < 0 ? -errno : 0;
}

static long by_listxattr(struct act *act)
{
	NAME(name);
	act->number = listxattr(name, act->text, sizeof(act->text));
	return act->number < 0 ? -errno : 0;
}

static long by_getting_acl(struct act *act)
{
	NAME(name);
	act->number = getxattr(name, "system.posix_acl_access", act->text, sizeof(act->text));
	return act->number < 0 ? -errno : 0;
}

ATTRIBUTE_TEST(getxattr, R(XATTR), R(STAT), with_attribute, by_getxattr, value_read)
ATTRIBUTE_TEST(getxattr_through_proc, R(XATTR), R(STAT), with_attribute, by_fgetxattr, value_read)
ATTRIBUTE_TEST(listxattr, R(XATTR), R(STAT), with_attribute, by_listxattr, value_read)
MATRIX_TEST(acl_read, R(XATTR), R(STAT), with_acl, by_getting_acl, value_read)

/* --- through a descriptor ---------------------------------------------------------- */

static long flags_read(struct act *act)
{
	NAME(name);
	int fd = open(name, O_RDONLY | O_CLOEXEC), flags = -1;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags))
		return -errno;
	close(fd);
	act->number = flags != -1;
	return 0;
}

/*
 * The same by the 32-bit system call, 54, of a 64-bit program: the kernel asks another
 * hook.  A static program has its data where 32 bits reach.
 */
static long flags_read_32(struct act *act)
{
	static int flags;
	NAME(name);
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	long result;

	if (fd < 0)
		return -errno;
	flags = -1;
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(54L), "b"((long)fd), "c"(0x80046601L), "d"((long)&flags)
			 : "memory", "r8", "r9", "r10", "r11");
	close(fd);
	act->number = flags != -1;
	return (int)result;
}

static long locked(struct act *act)
{
	NAME(name);
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	long result = 0;

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB))
		result = -errno;
	act->number = !result;
	close(fd);
	return result;
}

static long locked_range(struct act *act)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	NAME(name);
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	long result = 0;

	if (fd < 0)
		return -errno;
	if (fcntl(fd, F_SETLK, &lock))
		result = -errno;
	act->number = !result;
	close(fd);
	return result;
}

static long by_fchmod(struct act *act)
{
	NAME(name);
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	long result;

	if (fd < 0)
		return -errno;
	result = fchmod(fd, 0600) ? -errno : 0;
	close(fd);
	return result;
}

static long by_fchown(struct act *act)
{
	NAME(name);
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	long result;

	if (fd < 0)
		return -errno;
	result = fchown(fd, 1234, -1) ? -errno : 0;
	close(fd);
	return result;
}

static long by_futimens(struct act *act)
{
	NAME(name);
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	long result;

	if (fd < 0)
		return -errno;
	result = futimens(fd, long_ago) ? -errno : 0;
	close(fd);
	return result;
}

static long by_fsetxattr(struct act *act)
{
	NAME(name);
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	long result;

	if (fd < 0)
		return -errno;
	result = fsetxattr(fd, "user.test", "value", 5, 0) ? -errno : 0;
	close(fd);
	return result;
}

static long by_fremovexattr(struct act *act)
{
	NAME(name);
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	long result;

	if (fd < 0)
		return -errno;
	result = fremovexattr(fd, "user.test") ? -errno : 0;
	close(fd);
	return result;
}

static long by_ftruncate(struct act *act)
{
	NAME(name);
	int fd = open(name, O_WRONLY | O_CLOEXEC);
	long result;

	if (fd < 0)
		return -errno;
	result = ftruncate(fd, 3) ? -errno : 0;
	close(fd);
	return result;
}

MATRIX_TEST(ioctl, R(READ) | R(IOCTL), 0, with_file, flags_read, said_yes)
MATRIX_TEST(ioctl_32, R(READ) | R(IOCTL), 0, with_file, flags_read_32, said_yes)
MATRIX_TEST(flock, R(READ) | R(LOCK), 0, with_file, locked, said_yes)
MATRIX_TEST(fcntl_lock, R(READ) | R(LOCK), 0, with_file, locked_range, said_yes)
MATRIX_TEST(fchmod, R(READ) | R(SETATTR), 0, with_file, by_fchmod, mode_changed)
MATRIX_TEST(fchown, R(READ) | R(SETATTR), 0, with_file, by_fchown, owner_changed)
MATRIX_TEST(futimens, R(READ) | R(SETATTR), 0, with_file, by_futimens, time_changed)
ATTRIBUTE_TEST(fsetxattr, R(READ) | R(XATTR), 0, with_file, by_fsetxattr, user_set)
ATTRIBUTE_TEST(fremovexattr, R(READ) | R(XATTR), 0, with_attribute, by_fremovexattr, user_went)
MATRIX_TEST(ftruncate, R(WRITE), 0, with_file, by_ftruncate, cut_off)

/* --- unconfined root against the vault ---------------------------------------------- */

/*
 *   root, no role, every capability ──╳──▶ /srv/bw/vault/marker  (only KEEPER)
 */
FIXTURE(vault)
{
	struct act act;
};

static long place_link(struct act *act)
{
	return symlink(MARKER, SCENE "/vault/link") && errno != EEXIST ? -errno : 0;
}

FIXTURE_SETUP(vault)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	ASSERT_EQ(0, act_as(KEEPER, place_link, &self->act));
	path_set(&self->act, SCENE "/vault");
}

FIXTURE_TEARDOWN(vault)
{
	EXPECT_TRUE(scene_vault_intact(VAULT));
}

#define VAULT_TEST(test, call)                                                 \
	static long try_##test(struct act *act) { return (call) ? -errno : 0; } \
	TEST_F(vault, test) { EXPECT_EQ(-EACCES, act_here(try_##test, &self->act)); }

static char seen_value[64];
static struct stat seen_stat;

VAULT_TEST(stat, stat(VAULT, &seen_stat))
VAULT_TEST(readlink, readlink(SCENE "/vault/link", seen_value, sizeof(seen_value)) < 0)
VAULT_TEST(getxattr, getxattr(VAULT, "user.test", seen_value, sizeof(seen_value)) < 0)
VAULT_TEST(acl_read, getxattr(VAULT, "system.posix_acl_access", seen_value, 64) < 0)
VAULT_TEST(listxattr, listxattr(VAULT, seen_value, sizeof(seen_value)) < 0)
VAULT_TEST(chmod, chmod(VAULT, 0600))
VAULT_TEST(chmod_directory, chmod(SCENE "/vault", 0700))
VAULT_TEST(chown, chown(VAULT, 1234, 1234))
VAULT_TEST(utimes, utimensat(AT_FDCWD, VAULT, long_ago, 0))
VAULT_TEST(truncate, truncate(VAULT, 3))
VAULT_TEST(setxattr, setxattr(VAULT, "user.test", "value", 5, 0))
VAULT_TEST(acl, setxattr(VAULT, "system.posix_acl_access", acl, sizeof(acl), 0))
VAULT_TEST(capability, setxattr(VAULT, "security.capability", "\1\0\0\2" "0123456789012345", 20, 0))

TEST_HARNESS_MAIN
