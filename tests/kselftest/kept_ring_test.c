// SPDX-License-Identifier: Apache-2.0
/* A ring made before the role was held: what it still lets through. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "harness.h"
#include "ring.h"
#include "role.h"
#include "scene.h"

/*
 *   who     privilege io-uring   a request   with kept credentials   a device's command
 *   CLERK   no                   works       refused                 refused
 *   RING    yes                  works       works                   with the right ioctl
 *   FREE    (no role)            works       works                   works
 */
static struct ring kept;
static int personality;

FIXTURE(ring)
{
	struct act act;
};

FIXTURE_VARIANT(ring)
{
	uid_t who;
	bool works, everywhere;
};

FIXTURE_VARIANT_ADD(ring, clerk) { .who = CLERK };
FIXTURE_VARIANT_ADD(ring, with_privilege) { .who = RING, .works = true };
FIXTURE_VARIANT_ADD(ring, unconfined) { .who = FREE, .works = true, .everywhere = true };

static void device_at(struct __test_metadata *_metadata, const char *directory)
{
	scene_directory("%s", directory);
	scene_gone("%s/null", directory);
	ASSERT_EQ(0, chdir(directory));
	ASSERT_EQ(0, mknod("null", S_IFCHR | 0666, makedev(1, 3)));
	ASSERT_EQ(0, chdir("/"));
}

FIXTURE_SETUP(ring)
{
	memset(&self->act, 0, sizeof(self->act));
	ASSERT_EQ(0, ring_open(&kept));
	personality = syscall(SYS_io_uring_register, kept.fd, IORING_REGISTER_PERSONALITY, NULL, 0);
	ASSERT_LT(0, personality);
	device_at(_metadata, SCENE "/all");
	device_at(_metadata, SCENE "/no-ioctl");
}

FIXTURE_TEARDOWN(ring)
{
	scene_gone(SCENE "/all/null");
	scene_gone(SCENE "/no-ioctl/null");
}

static long request(struct act *act)
{
	struct io_uring_sqe entry = { .opcode = IORING_OP_NOP, .personality = act->number };

	return ring_do(&kept, &entry);
}

TEST_F(ring, plain)
{
	EXPECT_EQ(0, act_as(variant->who, request, &self->act));
}

TEST_F(ring, kept_credentials)
{
	self->act.number = personality;
	EXPECT_EQ(variant->works ? 0 : -EACCES, act_as(variant->who, request, &self->act));
}

static long command(struct act *act)
{
	struct io_uring_sqe entry = { .opcode = IORING_OP_URING_CMD };

	act->flags = O_RDWR;
	entry.fd = act_open(act);
	return entry.fd < 0 ? -EUCLEAN : ring_do(&kept, &entry);
}

TEST_F(ring, command)
{
	path_set(&self->act, SCENE "/all/null");
	EXPECT_EQ(variant->works ? 0 : -EACCES, act_as(variant->who, command, &self->act));
}

TEST_F(ring, command_without_ioctl)
{
	path_set(&self->act, SCENE "/no-ioctl/null");
	EXPECT_EQ(variant->everywhere ? 0 : -EACCES, act_as(variant->who, command, &self->act));
}

TEST_HARNESS_MAIN
