// SPDX-License-Identifier: Apache-2.0
/* What a process keeps of a file: mapped, deleted since, shown by /proc. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "role.h"
#include "scene.h"

/*
 *                                      of secret     of all
 *   /proc/self/map_files/…             closed        works
 *   /proc/self/fd/…, deleted since     closed        works
 *
 * The unconfined process mapped or opened it, the actor inherits that.
 */
FIXTURE(remains)
{
	struct act act;
};

FIXTURE_VARIANT(remains)
{
	const char *directory;
	bool works;
};

FIXTURE_VARIANT_ADD(remains, secret) { .directory = SCENE "/secret" };
FIXTURE_VARIANT_ADD(remains, plain) { .directory = SCENE "/all", .works = true };

FIXTURE_SETUP(remains)
{
	memset(&self->act, 0, sizeof(self->act));
	self->act.flags = O_RDONLY;
	scene_all();
	scene_file(MARKER, "%s/remains", variant->directory);
}

FIXTURE_TEARDOWN(remains)
{
	scene_gone("%s/remains", variant->directory);
}

/* The capability it takes; read on all, nothing on the secret. */
TEST_F(remains, map_files)
{
	char name[256];
	void *map;
	int fd;

	snprintf(name, sizeof(name), "%s/remains", variant->directory);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	close(fd);
	path_set(&self->act, "/proc/self/map_files/%lx-%lx", (long)map, (long)map + 4096);
	act_as(CAPABLE, act_read, &self->act);
	EXPECT_EQ(variant->works, strstr(self->act.text, MARKER) != NULL) {
		TH_LOG("%ld", self->act.result);
	}
}

TEST_F(remains, deleted)
{
	char name[256];
	int fd;

	snprintf(name, sizeof(name), "%s/remains", variant->directory);
	fd = open(name, O_PATH);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, unlink(name));
	path_set(&self->act, "/proc/self/fd/%d", fd);
	act_as(CLERK, act_read, &self->act);
	EXPECT_EQ(variant->works, strstr(self->act.text, MARKER) != NULL) {
		TH_LOG("%ld", self->act.result);
	}
}

TEST_F(remains, deleted_with_its_directory)
{
	char name[256], above[256];
	int fd;

	scene_directory("%s/gone", variant->directory);
	scene_file(MARKER, "%s/gone/file", variant->directory);
	snprintf(above, sizeof(above), "%s/gone", variant->directory);
	snprintf(name, sizeof(name), "%s/gone/file", variant->directory);
	fd = open(name, O_PATH);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, unlink(name));
	ASSERT_EQ(0, rmdir(above));
	path_set(&self->act, "/proc/self/fd/%d", fd);
	act_as(CLERK, act_read, &self->act);
	EXPECT_EQ(variant->works, strstr(self->act.text, MARKER) != NULL) {
		TH_LOG("%ld", self->act.result);
	}
}

TEST_HARNESS_MAIN
