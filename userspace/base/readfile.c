// SPDX-License-Identifier: Apache-2.0
/* A whole file into memory, with a bound, never hanging on what is no file */
#include "base/readfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"

#define PIECE 65536

static int check_kind(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return READFILE_DIRECTORY;
	return S_ISREG(st.st_mode) ? READFILE_FINE : READFILE_NOT_REGULAR;
}

static int read_all(int fd, size_t max, struct buffer *buffer)
{
	_cleanup_free_ char *piece = malloc(PIECE);
	ssize_t n;

	if (!piece)
		return -ENOMEM;
	for (;;) {
		n = read(fd, piece, PIECE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return READFILE_FINE;
		if ((size_t)n > max - buffer->size)
			return READFILE_TOO_LARGE;
		if (buffer_append(buffer, piece, (size_t)n) < 0)
			return -ENOMEM;
	}
}

int readfile_at(int dir, const char *path, size_t max, char **ret, size_t *ret_size)
{
	_cleanup_(buffer_done) struct buffer buffer = { 0 };
	_cleanup_close_ int fd = -1;
	char *data;
	int r;

	fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return errno == ENXIO ? READFILE_NOT_REGULAR : -errno;
	r = check_kind(fd);
	if (r)
		return r;
	r = read_all(fd, max, &buffer);
	if (r)
		return r;
	data = buffer_take(&buffer, ret_size);
	if (!data)
		return -ENOMEM;
	*ret = data;
	return READFILE_FINE;
}

int readfile(const char *path, size_t max, char **ret, size_t *ret_size)
{
	return readfile_at(AT_FDCWD, path, max, ret, ret_size);
}
