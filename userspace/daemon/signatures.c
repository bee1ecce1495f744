// SPDX-License-Identifier: Apache-2.0
/* Signatures that came with an image, and where they are kept for the next start */
#include "daemon/signatures.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/readfile.h"
#include "base/sha256.h"
#include "base/writeall.h"

void signatures_done(struct signatures *signatures)
{
	for (int i = 0; i < SIGN_GROUP_COUNT; i++)
		buffer_done(&signatures->by[i]);
	memset(signatures, 0, sizeof(*signatures));
}

bool signatures_any(const struct signatures *signatures)
{
	for (int i = 0; i < SIGN_GROUP_COUNT; i++)
		if (signatures->by[i].size)
			return true;
	return false;
}

struct terms signatures_terms(const struct signatures *signatures)
{
	struct terms terms = { 0 };

	for (int i = 0; i < SIGN_GROUP_COUNT; i++)
		terms.signature[i] = (struct iovec){
			signatures->by[i].data, signatures->by[i].size,
		};
	return terms;
}

/* DIGEST.author.p7s */
static char *name_of(const struct image *image, int group)
{
	char digest[SHA256_TEXT_SIZE], *name;

	sha256_format(image->header->digest, digest);
	return asprintf(&name, "%s.%s.p7s", digest, sign_group_name(group)) < 0 ? NULL : name;
}

static int write_whole(int directory, const char *name, const struct buffer *bytes)
{
	_cleanup_close_ int fd = -1;
	int r;

	fd = openat(directory, "new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	r = writeall(fd, bytes->data, bytes->size);
	if (r == 0 && (fsync(fd) < 0 || renameat(directory, "new", directory, name) < 0))
		r = -errno;
	return r;
}

int signatures_store(const struct signatures *signatures, const struct image *image,
		     const char *directory)
{
	_cleanup_close_ int fd = -1;
	int r = 0;

	if (mkdir(directory, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	for (int i = 0; r == 0 && i < SIGN_GROUP_COUNT; i++) {
		_cleanup_free_ char *name = name_of(image, i);

		if (signatures->by[i].size)
			r = name ? write_whole(fd, name, &signatures->by[i]) : -ENOMEM;
	}
	return r == 0 && fsync(fd) < 0 ? -errno : r;
}

static int load_one(int directory, const char *name, struct buffer *ret)
{
	_cleanup_free_ char *bytes = NULL;
	size_t size;
	int r = readfile_at(directory, name, SIGN_SIZE_MAX, &bytes, &size);

	if (r == -ENOENT)
		return 0;
	if (r)
		return r < 0 ? r : -EBADMSG;
	return buffer_append(ret, bytes, size);
}

int signatures_load(const struct image *image, const char *directory, struct signatures *ret)
{
	struct signatures found = { 0 };
	_cleanup_close_ int fd = -1;
	int r = 0;

	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? 1 : -errno;
	for (int i = 0; r == 0 && i < SIGN_GROUP_COUNT; i++) {
		_cleanup_free_ char *name = name_of(image, i);

		r = name ? load_one(fd, name, &found.by[i]) : -ENOMEM;
	}
	if (r == 0 && !signatures_any(&found))
		r = 1;
	if (r) {
		signatures_done(&found);
		return r;
	}
	*ret = found;
	return 0;
}

void signatures_sweep(const struct image *image, const char *directory)
{
	_cleanup_closedir_ DIR *dir = opendir(directory);
	char digest[SHA256_TEXT_SIZE];
	struct dirent *entry;

	sha256_format(image->header->digest, digest);
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && strncmp(entry->d_name, digest, strlen(digest)) != 0)
			unlinkat(dirfd(dir), entry->d_name, 0);
}
