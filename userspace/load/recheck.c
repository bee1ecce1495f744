/* SPDX-License-Identifier: Apache-2.0 */
/* The hook on every use of an open file: attached and taken off while all else stays */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "base/cleanup.h"
#include "load/open.h"
#include "load/recheck.h"

/* The keys of bw_recheck, as ebpf/recheck.bpf.h has them */
enum { WANTED, PROMISE };

static struct loaded_link *find_link(const struct loaded *loaded)
{
	for (size_t i = 0; i < loaded->link_count; i++)
		if (!strcmp(loaded->link[i].hook, RECHECK_HOOK))
			return (struct loaded_link *)&loaded->link[i];
	return NULL;
}

bool recheck_attached(const struct loaded *loaded)
{
	return find_link(loaded) != NULL;
}

static uint32_t map_id(int map)
{
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);

	return bpf_obj_get_info_by_fd(map, &info, &size) < 0 ? 0 : info.id;
}

/* One of those that come and go: by its name, and because it reads the slots found already. */
static void take_by_name(struct loaded *loaded, int fd, uint32_t slots)
{
	uint32_t ids[64], size = sizeof(struct bpf_prog_info);
	struct bpf_prog_info info = { .map_ids = (uintptr_t)ids, .nr_map_ids = 64 };
	bool ours = false;

	if (bpf_obj_get_info_by_fd(fd, &info, &size) < 0)
		return;
	for (uint32_t k = 0; k < info.nr_map_ids && k < 64; k++)
		ours |= slots && ids[k] == slots;
	for (size_t i = 0; ours && i < LOADED_PROGRAM_COUNT; i++)
		if (loaded->program[i] < 0 && !strcmp(info.name, loaded_program_name(i)))
			loaded->program[i] = fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

void recheck_find(struct loaded *loaded)
{
	const uint32_t slots = map_id(loaded->map[LOADED_SLOTS]);
	uint32_t id = 0;

	while (!bpf_prog_get_next_id(id, &id)) {
		_cleanup_close_ int fd = bpf_prog_get_fd_by_id(id);

		if (fd >= 0)
			take_by_name(loaded, fd, slots);
	}
}

static void pin_path(const char *pins, char *ret, size_t size)
{
	snprintf(ret, size, "%s/links/" RECHECK_HOOK, pins);
}

static int keep(int fd, const char *pins, struct genl *genl, struct buffer *why)
{
	struct genl_module module;
	char path[512];
	int err;

	pin_path(pins, path, sizeof(path));
	if (bpf_obj_pin(fd, path) < 0) {
		err = -errno;
		buffer_printf(why, "cannot pin %s: %s", path, strerror(-err));
		return err;
	}
	err = genl ? genl_hold(genl, fd, &module, why) : 0;
	if (err)
		unlink(path);
	return err;
}

/* A link that was put a moment ago is taken off by a worker of the kernel: wait for it. */
static int attach(int program)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	int fd = bpf_raw_tracepoint_open(NULL, program);

	for (int i = 0; fd == -EBUSY && i < 2000; i++) {
		nanosleep(&moment, NULL);
		fd = bpf_raw_tracepoint_open(NULL, program);
	}
	return fd;
}

int recheck_attach(struct loaded *loaded, const char *pins, struct genl *genl, struct buffer *why)
{
	struct loaded_link *link = &loaded->link[loaded->link_count];
	_cleanup_close_ int fd = -1;
	int err;

	if (recheck_attached(loaded))
		return 0;
	if (loaded->program[LOADED_FILE_USE] < 0 || loaded->link_count == BAILIWICK_LINKS_MAX) {
		buffer_append_text(why, "the programs in force were loaded without one that can be "
				   "attached on demand");
		return -EOPNOTSUPP;
	}
	fd = attach(loaded->program[LOADED_FILE_USE]);
	if (fd < 0) {
		buffer_printf(why, "hook " RECHECK_HOOK ": cannot attach: %s", strerror(-fd));
		return fd;
	}
	err = keep(fd, pins, genl, why);
	if (err)
		return err;
	strcpy(link->hook, RECHECK_HOOK);
	link->fd = TAKE_FD(fd);
	loaded->link_count++;
	return 0;
}

/* The module first: when it refuses, nothing has changed. */
int recheck_detach(struct loaded *loaded, const char *pins, struct genl *genl, struct buffer *why)
{
	struct loaded_link *link = find_link(loaded);
	struct genl_module module;
	char path[512];
	int err;

	if (!link || loaded->program[LOADED_FILE_USE] < 0)
		return link ? -EOPNOTSUPP : 0;
	err = genl ? genl_let_go(genl, &module, why) : 0;
	if (err && err != -ENOENT)
		return err;
	pin_path(pins, path, sizeof(path));
	if (unlink(path) < 0 && errno != ENOENT) {
		err = -errno;
		buffer_printf(why, "cannot unpin %s: %s", path, strerror(-err));
		return err;
	}
	close(link->fd);
	loaded->link_count--;
	memmove(link, link + 1, (size_t)((char *)&loaded->link[loaded->link_count] - (char *)link));
	return 0;
}

int recheck_wanted(const struct loaded *loaded, uint64_t *ret)
{
	const uint32_t key = WANTED;

	return bpf_map_lookup_elem(loaded->map[LOADED_RECHECK], &key, ret) < 0 ? -errno : 0;
}

int recheck_promise(const struct loaded *loaded)
{
	const uint32_t key = PROMISE;
	struct timespec now;
	uint64_t until;

	clock_gettime(CLOCK_MONOTONIC, &now);
	until = ((uint64_t)now.tv_sec + RECHECK_PROMISE_SECONDS) * 1000000000u;
	return bpf_map_update_elem(loaded->map[LOADED_RECHECK], &key, &until, BPF_ANY) < 0 ?
	       -errno : 0;
}

/* Until 6.4 the kernel sends a file to a socket and asks no hook but this one. */
unsigned int recheck_kinds(void)
{
	static unsigned int kinds;
	struct btf *kernel;

	if (kinds)
		return kinds;
	kinds = OPEN_FILES | OPEN_THREADS | OPEN_SOCKETS;
	kernel = btf__load_vmlinux_btf();
	if (kernel && btf__find_by_name_kind(kernel, "kernel_sendpage", BTF_KIND_FUNC) < 0)
		kinds &= ~OPEN_SOCKETS;
	btf__free(kernel);
	return kinds;
}
