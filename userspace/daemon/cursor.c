// SPDX-License-Identifier: Apache-2.0
/* How far a sink is, over restarts and power cuts */
#include "daemon/cursor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/sha256.h"

#define CHECK_DIGITS 16
/* "JOURNAL NUMBER CHECK\n": one line of one size, in one sector */
#define LINE_SIZE (32 + 1 + 20 + 1 + CHECK_DIGITS + 1)

static int write_line(char line[LINE_SIZE + 1], const char *journal, uint64_t next)
{
	uint8_t digest[SHA256_SIZE];
	char text[SHA256_TEXT_SIZE];
	int n = snprintf(line, LINE_SIZE, "%.32s %020" PRIu64, journal, next);
	int r = sha256(line, (size_t)n, digest);

	if (r < 0)
		return r;
	snprintf(line + n, LINE_SIZE + 1 - (size_t)n, " %.*s\n", CHECK_DIGITS,
		 sha256_format(digest, text));
	return 0;
}

/* A line is believed when it is what would be written for the number it says */
static int read_line(int fd, const char *journal, uint64_t *ret)
{
	char line[LINE_SIZE + 1] = "", again[LINE_SIZE + 1];
	ssize_t n = pread(fd, line, LINE_SIZE, 0);
	uint64_t next;

	if (n < 0)
		return -errno;
	if (n == 0)
		return 0;
	if (n != LINE_SIZE || strncmp(line, journal, 32) || sscanf(line + 33, "%20" SCNu64, &next) != 1 ||
	    write_line(again, journal, next) < 0 || strcmp(line, again) || !next)
		return 1;
	*ret = next;
	return 0;
}

int cursor_open(struct cursor *cursor, int directory, const char *name, const char *journal,
		uint64_t *ret_next)
{
	int r;

	cursor->saved = 0;
	*ret_next = 1;
	cursor->fd = openat(directory, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (cursor->fd < 0)
		return -errno;
	r = read_line(cursor->fd, journal, ret_next);
	if (r == 0)
		cursor->saved = *ret_next;
	return r;
}

int cursor_save(struct cursor *cursor, const char *journal, uint64_t next)
{
	char line[LINE_SIZE + 1];
	int r;

	if (cursor->fd < 0 || next == cursor->saved)
		return 0;
	r = write_line(line, journal, next);
	if (r == 0 && pwrite(cursor->fd, line, LINE_SIZE, 0) != LINE_SIZE)
		r = -EIO;
	if (r == 0 && fdatasync(cursor->fd) < 0)
		r = -errno;
	if (r == 0)
		cursor->saved = next;
	return r;
}

void cursor_close(struct cursor *cursor)
{
	if (cursor->fd >= 0)
		close(cursor->fd);
	cursor->fd = -1;
}
