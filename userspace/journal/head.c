// SPDX-License-Identifier: Apache-2.0
/* How far the journal is on disk for good */
#include "journal/head.h"

#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

static int check_of(const struct journal_head_file *file, uint8_t ret[SHA256_SIZE])
{
	return sha256(file, offsetof(struct journal_head_file, check), ret);
}

int head_read(int directory, struct journal_head *ret)
{
	struct journal_head_file file;
	uint8_t check[SHA256_SIZE];
	_cleanup_close_ int fd = -1;
	ssize_t n;
	int r;

	fd = openat(directory, JOURNAL_HEAD, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	n = pread(fd, &file, sizeof(file), 0);
	if (n < 0)
		return -errno;
	if (n == 0)
		return -ENOENT;		/* made, and the machine stopped before it was written */
	r = check_of(&file, check);
	if (r < 0)
		return r;
	if (n != sizeof(file) || memcmp(file.magic, JOURNAL_HEAD_MAGIC, sizeof(file.magic)) ||
	    memcmp(file.check, check, SHA256_SIZE) || !file.next)
		return -EBADMSG;
	ret->next = le64toh(file.next);
	memcpy(ret->id, file.id, sizeof(ret->id));
	memcpy(ret->hash, file.hash, sizeof(ret->hash));
	return 0;
}

int head_open(int directory)
{
	int fd = openat(directory, JOURNAL_HEAD, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	return fd < 0 ? -errno : fd;
}

int head_write(int fd, const struct journal_head *head)
{
	struct journal_head_file file = { .magic = JOURNAL_HEAD_MAGIC, .next = htole64(head->next) };
	ssize_t n;
	int r;

	memcpy(file.id, head->id, sizeof(file.id));
	memcpy(file.hash, head->hash, sizeof(file.hash));
	r = check_of(&file, file.check);
	if (r < 0)
		return r;
	n = pwrite(fd, &file, sizeof(file), 0);
	if (n != sizeof(file))
		return n < 0 ? -errno : -EIO;
	return fdatasync(fd) < 0 ? -errno : 0;
}

char *head_format(uint64_t next, const uint8_t hash[SHA256_SIZE], char text[JOURNAL_HEAD_TEXT])
{
	char digits[SHA256_TEXT_SIZE];

	snprintf(text, JOURNAL_HEAD_TEXT, "%" PRIu64 ":%s", next - 1, sha256_format(hash, digits));
	return text;
}

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return at ? (int)(at - digits) : -1;
}

int head_parse(const char *text, uint64_t *ret_last, uint8_t ret_hash[SHA256_SIZE])
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	*ret_last = strtoull(text, &end, 10);
	if (errno || *end != ':' || strlen(end + 1) != 2 * SHA256_SIZE)
		return -EINVAL;
	for (size_t i = 0; i < SHA256_SIZE; i++) {
		int high = digit(end[1 + 2 * i]), low = digit(end[2 + 2 * i]);

		if (high < 0 || low < 0)
			return -EINVAL;
		ret_hash[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}
