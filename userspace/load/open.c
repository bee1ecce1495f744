/* SPDX-License-Identifier: Apache-2.0 */
/* What tasks hold open and may not use any more, by the image in force */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "load/open.h"

#define CHUNK (64u << 10)
#define TRIES 100000u
#define RECORD_MAX (sizeof(struct bailiwick_open) + BAILIWICK_PATH_MAX)

/* Which iterator finds which kind */
static const struct {
	unsigned int kind;
	enum loaded_program program;
} iterators[] = {
	{ OPEN_FILES, LOADED_OPEN_FILES },
	{ OPEN_SOCKETS, LOADED_OPEN_SOCKETS },
	{ OPEN_MAPPINGS, LOADED_OPEN_MAPS },
	{ OPEN_THREADS, LOADED_OPEN_TASKS },
};

size_t open_records(const char *bytes, size_t size, open_fn *callback, void *context, int *ret)
{
	char path[BAILIWICK_PATH_MAX + 1];
	struct bailiwick_open item;
	size_t at = 0;

	*ret = 0;
	while (!*ret && size - at >= sizeof(item)) {
		memcpy(&item, bytes + at, sizeof(item));
		if (item.size > RECORD_MAX || item.size != sizeof(item) + item.path_size) {
			*ret = -EBADMSG;
			break;
		}
		if (size - at < item.size)
			break;
		memcpy(path, bytes + at + sizeof(item), item.path_size);
		path[item.path_size] = '\0';
		at += item.size;
		*ret = callback(context, &item, path);
	}
	return at;
}

static int read_iterator(int fd, open_fn *callback, void *context)
{
	_cleanup_free_ char *bytes = malloc(CHUNK);
	size_t have = 0, tries = 0;
	int err = 0;

	if (!bytes)
		return -ENOMEM;
	while (!err) {
		ssize_t n = read(fd, bytes + have, CHUNK - have);
		size_t taken;

		/* EAGAIN: nothing to tell of a million descriptors, or no room to judge one */
		if (n < 0 && (errno == EINTR || errno == EAGAIN) && ++tries < TRIES)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return have ? -EBADMSG : 0;
		have += (size_t)n;
		taken = open_records(bytes, have, callback, context, &err);
		memmove(bytes, bytes + taken, have - taken);
		have -= taken;
	}
	return err;
}

static int run_iterator(int program, open_fn *callback, void *context)
{
	_cleanup_close_ int link = -1, fd = -1;

	if (program < 0)
		return -EOPNOTSUPP;
	link = bpf_link_create(program, 0, BPF_TRACE_ITER, NULL);
	if (link < 0)
		return link;
	fd = bpf_iter_create(link);
	return fd < 0 ? fd : read_iterator(fd, callback, context);
}

int open_mark(const struct loaded *loaded)
{
	return run_iterator(loaded->program[LOADED_MARK_TASKS], NULL, NULL);
}

int open_scan(const struct loaded *loaded, unsigned int kinds, open_fn *callback, void *context)
{
	for (size_t i = 0; i < sizeof(iterators) / sizeof(*iterators); i++) {
		int r;

		if (!(kinds & iterators[i].kind))
			continue;
		r = run_iterator(loaded->program[iterators[i].program], callback, context);
		if (r)
			return r;
	}
	return 0;
}
