// SPDX-License-Identifier: Apache-2.0
/* What io_uring does in place of a system call: judged as that. */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "harness.h"
#include "ring.h"
#include "role.h"
#include "scene.h"

/*
 *   RING (a clerk with the io-uring privilege)     all ─────▶ works    secret ──╳
 *   FREE (no role)                              secret ─────▶ works     vault ──╳
 *
 * Each operation inline, on a worker the kernel forks, and by a polling thread.
 */
FIXTURE(ring)
{
	struct act act;
};

FIXTURE_VARIANT(ring)
{
	uid_t login, maker;	/* maker: who prepares and looks */
	const char *directory;
	uint32_t setup;
	uint8_t flags;
	bool works;
};

#define RING_VARIANTS(way, setup_flags, entry_flags)                           \
	FIXTURE_VARIANT_ADD(ring, allowed_##way) { .login = RING, .maker = FREE, \
		.directory = SCENE "/all", .setup = setup_flags, .flags = entry_flags, .works = true }; \
	FIXTURE_VARIANT_ADD(ring, secret_##way) { .login = RING, .maker = FREE, \
		.directory = SCENE "/secret", .setup = setup_flags, .flags = entry_flags }; \
	FIXTURE_VARIANT_ADD(ring, no_role_##way) { .login = FREE, .maker = FREE, \
		.directory = SCENE "/secret", .setup = setup_flags, .flags = entry_flags, .works = true }; \
	FIXTURE_VARIANT_ADD(ring, vault_##way) { .login = FREE, .maker = KEEPER, \
		.directory = SCENE "/vault", .setup = setup_flags, .flags = entry_flags };
RING_VARIANTS(inline, 0, 0)
RING_VARIANTS(worker, 0, IOSQE_ASYNC)
RING_VARIANTS(polled, IORING_SETUP_SQPOLL, 0)

/* Below act->path: ring-file, ring-old, ring-socket; no ring-new */
static long prepare(struct act *act)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	char file[600];
	int fd;

	scene_file(MARKER, "%s/ring-file", act->path);
	scene_file(MARKER, "%s/ring-old", act->path);
	scene_gone("%s/ring-new", act->path);
	scene_gone("%s/ring-socket", act->path);
	snprintf(file, sizeof(file), "%s/ring-file", act->path);
	removexattr(file, "user.ring");
	snprintf(name.sun_path, sizeof(name.sun_path), "%.80s/ring-socket", act->path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) || listen(fd, 8))
		return -errno;
	act->descriptor = open(file, O_RDWR | O_CLOEXEC);
	return act->descriptor < 0 ? -errno : 0;
}

FIXTURE_SETUP(ring)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	path_set(&self->act, "%s", variant->directory);
	/* Here where it can be, for the descriptor. */
	ASSERT_EQ(0, variant->maker == KEEPER ? act_as(KEEPER, prepare, &self->act) :
						act_here(prepare, &self->act));
	self->act.flags = variant->setup;
	self->act.number = variant->flags;
}

FIXTURE_TEARDOWN(ring)
{
	EXPECT_TRUE(scene_vault_intact(VAULT));
}

/* act->flags: of the ring; act->number: of the entry */
static long submit(struct act *act, struct io_uring_sqe entry)
{
	struct ring ring;
	long result = ring_open_with(&ring, act->flags);

	if (result)
		return result;
	entry.flags |= act->number;
	result = ring_do(&ring, &entry);
	close(ring.fd);
	return result;
}

#define BELOW(buffer, name)                                                    \
	char buffer[600];                                                      \
	snprintf(buffer, sizeof(buffer), "%s/%s", act->path, name)
#define ADDRESS(of) ((uintptr_t)(of))

static long by_openat2(struct act *act)
{
	struct open_how how = { .flags = O_RDONLY };
	BELOW(file, "ring-file");
	long fd = submit(act, (struct io_uring_sqe){ .opcode = IORING_OP_OPENAT2, .fd = AT_FDCWD,
		.addr = ADDRESS(file), .off = ADDRESS(&how), .len = sizeof(how) });

	return fd < 0 ? fd : read(fd, act->text, sizeof(act->text) - 1);
}

static long by_openat(struct act *act)
{
	BELOW(file, "ring-file");
	long fd = submit(act, (struct io_uring_sqe){ .opcode = IORING_OP_OPENAT, .fd = AT_FDCWD,
		.addr = ADDRESS(file), .open_flags = O_RDONLY });

	return fd < 0 ? fd : read(fd, act->text, sizeof(act->text) - 1);
}

/* Opened into the ring's own table: no descriptor of the process at all */
static long by_direct_open(struct act *act)
{
	BELOW(file, "ring-file");
	struct io_uring_sqe open_it = { .opcode = IORING_OP_OPENAT, .fd = AT_FDCWD,
		.flags = act->number, .addr = ADDRESS(file), .open_flags = O_RDONLY, .file_index = 1 };
	struct io_uring_sqe read_it = { .opcode = IORING_OP_READ, .fd = 0,
		.flags = IOSQE_FIXED_FILE | act->number, .addr = ADDRESS(act->text),
		.len = sizeof(act->text) - 1 };
	int none = -1;
	struct ring ring;
	long result = ring_open_with(&ring, act->flags);

	if (result)
		return result;
	if (syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, &none, 1))
		return -EUCLEAN;
	result = ring_do(&ring, &open_it);
	if (result >= 0)
		result = ring_do(&ring, &read_it);
	close(ring.fd);
	return result;
}

static long by_statx(struct act *act)
{
	struct statx stx = { 0 };
	BELOW(file, "ring-file");
	long result = submit(act, (struct io_uring_sqe){ .opcode = IORING_OP_STATX, .fd = AT_FDCWD,
		.addr = ADDRESS(file), .off = ADDRESS(&stx), .len = STATX_INO });

	if (stx.stx_ino)
		strcpy(act->text, MARKER);
	return result;
}

static long by_getxattr(struct act *act)
{
	BELOW(file, "ring-file");
	char value[64];
	long result = submit(act, (struct io_uring_sqe){ .opcode = IORING_OP_GETXATTR,
		.addr3 = ADDRESS(file), .addr = ADDRESS("user.ring"),
		.addr2 = ADDRESS(value), .len = sizeof(value) });

	/* There is none: who learns that has looked. */
	if (result == -ENODATA || result == -EOPNOTSUPP)
		strcpy(act->text, MARKER);
	return result;
}

/* The descriptor was opened by another subject and inherited. */
static long by_registered_file(struct act *act)
{
	struct io_uring_sqe entry = { .opcode = IORING_OP_READ, .fd = 0,
		.flags = IOSQE_FIXED_FILE | act->number, .addr = ADDRESS(act->text),
		.len = sizeof(act->text) - 1 };
	struct ring ring;
	long result = ring_open_with(&ring, act->flags);

	if (result)
		return result;
	if (syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, &act->descriptor, 1))
		return -errno;
	result = ring_do(&ring, &entry);
	close(ring.fd);
	return result;
}

static long by_splice(struct act *act)
{
	int ends[2];
	long result;

	if (pipe(ends))
		return -EUCLEAN;
	result = submit(act, (struct io_uring_sqe){ .opcode = IORING_OP_SPLICE, .fd = ends[1],
		.off = -1ull, .splice_fd_in = act->descriptor, .splice_off_in = 0, .len = 64 });
	return result < 0 ? result : read(ends[0], act->text, sizeof(act->text) - 1);
}

#define READ_TEST(test)                                                        \
	TEST_F(ring, test)                                                     \
	{                                                                      \
		act_as(variant->login, test, &self->act);                      \
		EXPECT_EQ(variant->works, strstr(self->act.text, MARKER) != NULL) { \
			TH_LOG("%ld", self->act.result);                       \
		}                                                              \
		if (!variant->works)                                           \
			EXPECT_EQ(-EACCES, self->act.result);                  \
	}

READ_TEST(by_openat)
READ_TEST(by_openat2)
READ_TEST(by_direct_open)
READ_TEST(by_statx)
READ_TEST(by_getxattr)

/* What comes with a descriptor: the vault's was closed with the keeper. */
#define DESCRIPTOR_TEST(test)                                                  \
	TEST_F(ring, test)                                                     \
	{                                                                      \
		if (variant->maker == KEEPER)                                  \
			SKIP(return, "nobody inherits from the keeper");       \
		act_as(variant->login, test, &self->act);                      \
		EXPECT_EQ(variant->works, strstr(self->act.text, MARKER) != NULL) { \
			TH_LOG("%ld", self->act.result);                       \
		}                                                              \
		if (!variant->works)                                           \
			EXPECT_GT(0, self->act.result);                        \
	}

DESCRIPTOR_TEST(by_registered_file)
DESCRIPTOR_TEST(by_splice)

/* --- changes: seen by whoever made the files ------------------------------------------ */

static long by_rename(struct act *act)
{
	BELOW(old, "ring-old");
	BELOW(new, "ring-new");
	return submit(act, (struct io_uring_sqe){ .opcode = IORING_OP_RENAMEAT, .fd = AT_FDCWD,
		.addr = ADDRESS(old), .len = AT_FDCWD, .off = ADDRESS(new) });
}

static long by_link(struct act *act)
{
	BELOW(old, "ring-old");
	BELOW(new, "ring-new");
	return submit(act, (struct io_uring_sqe){ .opcode = IORING_OP_LINKAT, .fd = AT_FDCWD,
		.addr = ADDRESS(old), .len = AT_FDCWD, .off = ADDRESS(new) });
}

static long by_symlink(struct act *act)
{
	BELOW(new, "ring-new");
	return submit(act, (struct io_uring_sqe){ .opcode = IORING_OP_SYMLINKAT, .fd = AT_FDCWD,
		.addr = ADDRESS("/etc/passwd"), .off = ADDRESS(new) });
}

static long by_mkdir(struct act *act)
{
	BELOW(new, "ring-new");
	return submit(act, (struct io_uring_sqe){ .opcode = IORING_OP_MKDIRAT, .fd = AT_FDCWD,
		.addr = ADDRESS(new), .len = 0755 });
}

static long by_create(struct act *act)
{
	BELOW(new, "ring-new");
	return submit(act, (struct io_uring_sqe){ .opcode = IORING_OP_OPENAT, .fd = AT_FDCWD,
		.addr = ADDRESS(new), .open_flags = O_WRONLY | O_CREAT, .len = 0644 });
}

static long by_unlink(struct act *act)
{
	BELOW(old, "ring-old");
	return submit(act, (struct io_uring_sqe){ .opcode = IORING_OP_UNLINKAT, .fd = AT_FDCWD,
		.addr = ADDRESS(old) });
}

static long by_setxattr(struct act *act)
{
	BELOW(file, "ring-file");
	return submit(act, (struct io_uring_sqe){ .opcode = IORING_OP_SETXATTR,
		.addr3 = ADDRESS(file), .addr = ADDRESS("user.ring"),
		.addr2 = ADDRESS("value"), .len = 5 });
}

static long by_truncating_open(struct act *act)
{
	BELOW(file, "ring-file");
	return submit(act, (struct io_uring_sqe){ .opcode = IORING_OP_OPENAT, .fd = AT_FDCWD,
		.addr = ADDRESS(file), .open_flags = O_WRONLY | O_TRUNC });
}

static long by_fallocate(struct act *act)
{
	return submit(act, (struct io_uring_sqe){ .opcode = IORING_OP_FALLOCATE,
		.fd = act->descriptor, .off = 0, .addr = 4096,
		.len = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE });
}

/* act->number: what is as it was, a bit each */
enum { NO_NEW = 1, OLD_THERE = 2, FILE_SAME = 4, NO_ATTRIBUTE = 8 };
#define UNCHANGED (NO_NEW | OLD_THERE | FILE_SAME | NO_ATTRIBUTE)

static long look(struct act *act)
{
	BELOW(file, "ring-file");
	act->number = (scene_there("%s/ring-new", act->path) ? 0 : NO_NEW) |
		      (scene_there("%s/ring-old", act->path) ? OLD_THERE : 0) |
		      (scene_holds(MARKER, "%s/ring-file", act->path) ? FILE_SAME : 0) |
		      (getxattr(file, "user.ring", NULL, 0) < 0 ? NO_ATTRIBUTE : 0);
	return 0;
}

static long changes(const FIXTURE_VARIANT(ring) *variant)
{
	struct act act = { 0 };

	path_set(&act, "%s", variant->directory);
	act_as(variant->maker, look, &act);
	return act.number ^ UNCHANGED;
}

/* `changed` is what it changes where it may. */
#define CHANGE_TEST(test, changed)                                             \
	TEST_F(ring, test)                                                     \
	{                                                                      \
		act_as(variant->login, test, &self->act);                      \
		EXPECT_EQ(variant->works ? (changed) : 0, changes(variant)) {  \
			TH_LOG("%ld", self->act.result);                       \
		}                                                              \
		if (!variant->works)                                           \
			EXPECT_EQ(-EACCES, self->act.result);                  \
	}

CHANGE_TEST(by_rename, NO_NEW | OLD_THERE)
CHANGE_TEST(by_link, NO_NEW)
CHANGE_TEST(by_symlink, NO_NEW)
CHANGE_TEST(by_mkdir, NO_NEW)
CHANGE_TEST(by_create, NO_NEW)
CHANGE_TEST(by_unlink, OLD_THERE)
CHANGE_TEST(by_truncating_open, FILE_SAME)

/* tmpfs, the upper layer of an overlay root, keeps no user attributes on 6.1. */
TEST_F(ring, by_setxattr)
{
	scene_file("", SCENE "/all/keeps");
	if (setxattr(SCENE "/all/keeps", "user.ring", "value", 5, 0))
		SKIP(return, "no user attributes on this file system");
	act_as(variant->login, by_setxattr, &self->act);
	EXPECT_EQ(variant->works ? NO_ATTRIBUTE : 0, changes(variant));
	if (!variant->works)
		EXPECT_EQ(-EACCES, self->act.result);
}

TEST_F(ring, by_fallocate)
{
	if (variant->maker == KEEPER)
		SKIP(return, "nobody inherits from the keeper");
	act_as(variant->login, by_fallocate, &self->act);
	if (self->act.result == -EOPNOTSUPP)
		SKIP(return, "no holes on this file system");
	EXPECT_EQ(variant->works ? FILE_SAME : 0, changes(variant));
	if (!variant->works)
		EXPECT_GT(0, self->act.result);
}

/* --- a local socket -------------------------------------------------------------------- */

static long by_connect(struct act *act)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(name.sun_path, sizeof(name.sun_path), "%.80s/ring-socket", act->path);
	return submit(act, (struct io_uring_sqe){ .opcode = IORING_OP_CONNECT, .fd = fd,
		.addr = ADDRESS(&name), .off = sizeof(name) });
}

TEST_F(ring, by_connect)
{
	if (variant->maker == KEEPER)
		SKIP(return, "the keeper's socket went with it");
	act_as(variant->login, by_connect, &self->act);
	EXPECT_EQ(variant->works ? 0 : -EACCES, self->act.result);
}

TEST_HARNESS_MAIN
