// SPDX-License-Identifier: Apache-2.0
/* Operations on files: open, stat, read, write, create, rename, map, a refused open. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "operations.h"

const char *denied_path = BENCH_CLOSED;

static int open_file = -1;
/* The smallest transfer: nothing hides what a call costs. */
static char block[1];

static int open_close(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -1 : close(fd);
}

static int open_near(void)
{
	return open_close(BENCH_NEAR);
}

static int open_far(void)
{
	return open_close(BENCH_FAR);
}

static int stat_near(void)
{
	struct stat st;

	return stat(BENCH_NEAR, &st);
}

static int prepare_open_file(void)
{
	if (open_file < 0)
		open_file = open(BENCH_NEAR, O_RDWR | O_CLOEXEC);
	return open_file < 0 ? -1 : 0;
}

static int read_block(void)
{
	return pread(open_file, block, sizeof(block), 0) == sizeof(block) ? 0 : -1;
}

static int write_block(void)
{
	return pwrite(open_file, block, sizeof(block), 0) == sizeof(block) ? 0 : -1;
}

static int create_unlink(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd < 0 || close(fd) ? -1 : unlink(path);
}

static int create_on_disk(void)
{
	return create_unlink(BENCH_DIR "/new");
}

static int create_in_memory(void)
{
	return create_unlink(BENCH_MEMORY "/new");
}

static int make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd < 0 ? -1 : close(fd);
}

static int prepare_rename(void)
{
	return make_file(BENCH_DIR "/one") || make_file(BENCH_MEMORY "/one") ? -1 : 0;
}

/* There and back: an even number of renames leaves the scene as it was. */
static int rename_on_disk(void)
{
	return rename(BENCH_DIR "/one", BENCH_DIR "/two") ||
	       rename(BENCH_DIR "/two", BENCH_DIR "/one") ? -1 : 0;
}

static int rename_in_memory(void)
{
	return rename(BENCH_MEMORY "/one", BENCH_MEMORY "/two") ||
	       rename(BENCH_MEMORY "/two", BENCH_MEMORY "/one") ? -1 : 0;
}

static int map_unmap(void)
{
	void *at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, open_file, 0);

	return at == MAP_FAILED ? -1 : munmap(at, 4096);
}

static int open_refused(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		errno = ENOTUNIQ;	/* nothing refused it */
		return -1;
	}
	return errno == EACCES ? 0 : -1;
}

static int open_denied(void)
{
	return open_refused(denied_path);
}

/* The same again within a second would be counted, not told. */
static int open_many(void)
{
	static unsigned int turn;
	char path[128];

	snprintf(path, sizeof(path), "%s-%u", denied_path, turn++ % BENCH_MANY);
	return open_refused(path);
}

const struct operation file_operations[] = {
	{"open+close, depth 3", 50, NULL, open_near, 0},
	{"open+close, depth 12", 50, NULL, open_far, 0},
	{"stat", 200, NULL, stat_near, 0},
	{"pread", 400, prepare_open_file, read_block, 0},
	{"pwrite", 200, prepare_open_file, write_block, 0},
	{"create+unlink, ext4", 10, NULL, create_on_disk, 0},
	{"create+unlink, tmpfs", 25, NULL, create_in_memory, 0},
	{"2 renames, ext4", 10, prepare_rename, rename_on_disk, 0},
	{"2 renames, tmpfs", 25, prepare_rename, rename_in_memory, 0},
	{"mmap+munmap", 100, prepare_open_file, map_unmap, 0},
	{"denied open", 20, NULL, open_denied, 0},
	{"open denied, each told", BENCH_MANY, NULL, open_many, 1500},
	{0},
};
