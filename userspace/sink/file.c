// SPDX-License-Identifier: Apache-2.0
/* A file: a line for each event, on disk before it counts as delivered */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/writeall.h"
#include "sink/sink.h"

#define MODE 0640
#define WRITE_BYTES (256u << 10)

struct file {
	const struct sink_options *options;
	int fd;
	off_t size;			/* with what is in @lines */
	struct buffer lines;
};

static int file_prepare(const struct sink_options *options, void **ret, struct buffer *why)
{
	struct file *file = calloc(1, sizeof(*file));

	(void)why;
	if (!file)
		return -ENOMEM;
	file->options = options;
	file->fd = -1;
	*ret = file;
	return 0;
}

static void file_close(void *destination)
{
	struct file *file = destination;

	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
	buffer_clear(&file->lines);
}

static void file_free(void *destination)
{
	struct file *file = destination;

	file_close(file);
	buffer_done(&file->lines);
	free(file);
}

static int complain(const struct file *file, const char *what, int error, struct buffer *why)
{
	buffer_printf(why, "%s: %s: %s", file->options->file, what, strerror(error));
	return -error;
}

/* Half a line of a write that was cut short would spoil the next one */
static int end_line(struct file *file)
{
	char last;

	if (!file->size || pread(file->fd, &last, 1, file->size - 1) != 1 || last == '\n')
		return 0;
	file->size++;
	return writeall(file->fd, "\n", 1);
}

static int file_open(void *destination, struct buffer *why)
{
	struct file *file = destination;
	struct stat st;
	int r;

	/* no symbolic link and no fifo that somebody put there */
	file->fd = open(file->options->file, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW |
			O_NONBLOCK, MODE);
	if (file->fd < 0)
		return complain(file, "cannot be opened", errno, why);
	if (fstat(file->fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		file_close(file);
		return complain(file, "is no regular file", EINVAL, why);
	}
	file->size = st.st_size;
	r = end_line(file);
	if (r < 0) {
		complain(file, "cannot be written", -r, why);
		file_close(file);
	}
	return r;
}

static int write_lines(struct file *file, struct buffer *why)
{
	int r = writeall(file->fd, file->lines.data ? file->lines.data : "", file->lines.size);

	buffer_clear(&file->lines);
	return r < 0 ? complain(file, "cannot be written", -r, why) : 0;
}

/* FILE.2 becomes FILE.3 and so on; the oldest goes */
static int shift(struct file *file, struct buffer *why)
{
	const char *path = file->options->file;
	char from[PATH_MAX], to[PATH_MAX];

	for (uint64_t i = file->options->keep; i > 0; i--) {
		snprintf(to, sizeof(to), "%s.%" PRIu64, path, i);
		if (i > 1)
			snprintf(from, sizeof(from), "%s.%" PRIu64, path, i - 1);
		else
			snprintf(from, sizeof(from), "%s", path);
		if (rename(from, to) < 0 && errno != ENOENT)
			return complain(file, "cannot be rotated", errno, why);
	}
	if (!file->options->keep && unlink(path) < 0 && errno != ENOENT)
		return complain(file, "cannot be rotated", errno, why);
	return 0;
}

static int rotate(struct file *file, struct buffer *why)
{
	int r = write_lines(file, why);

	if (r == 0 && fdatasync(file->fd) < 0)
		r = complain(file, "cannot be brought to disk", errno, why);
	if (r == 0)
		r = shift(file, why);
	if (r < 0)
		return r;
	file_close(file);
	return file_open(file, why);
}

/* Somebody else rotates: the name means another file now, or none */
static int follow_name(struct file *file, struct buffer *why)
{
	struct stat now, open_;

	if (fstat(file->fd, &open_) < 0)
		return -errno;
	if (stat(file->options->file, &now) == 0 && now.st_ino == open_.st_ino &&
	    now.st_dev == open_.st_dev)
		return 0;
	file_close(file);
	return file_open(file, why);
}

static int file_send(void *destination, const struct sink_record *record, struct buffer *why)
{
	struct file *file = destination;
	size_t before = file->lines.size;
	int r = before ? 0 : follow_name(file, why);

	if (r < 0)
		return r;
	r = sink_write(file->options->format, record, &file->lines);
	if (r) {
		file->lines.size = before;
		return r;
	}
	r = buffer_append_byte(&file->lines, '\n');
	file->size += (off_t)(file->lines.size - before);
	if (r == 0 && file->options->max_size && file->size >= (off_t)file->options->max_size)
		return rotate(file, why);
	if (r == 0 && file->lines.size >= WRITE_BYTES)
		r = write_lines(file, why);
	return r;
}

static int file_flush(void *destination, struct buffer *why)
{
	struct file *file = destination;
	int r = write_lines(file, why);

	if (r == 0 && fdatasync(file->fd) < 0)
		r = complain(file, "cannot be brought to disk", errno, why);
	return r;
}

const struct sink_destination sink_file = {
	.prepare = file_prepare,
	.open = file_open,
	.send = file_send,
	.flush = file_flush,
	.close = file_close,
	.free = file_free,
};
