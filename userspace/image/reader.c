/* SPDX-License-Identifier: Apache-2.0 */
/* A policy image, opened without trusting anything in it */
#include "image/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bailiwick/check.h>

#include "base/readfile.h"
#include "base/sha256.h"
#include "base/writeall.h"
#include "image/legend.h"
#include "image/writer.h"

static int check(const uint8_t *bytes, size_t size, const char **why)
{
	uint8_t digest[SHA256_SIZE];
	int r;

	*why = "larger than a policy slot can be";
	if (size > BAILIWICK_SLOT_MAX)
		return -EFBIG;
	r = bailiwick_image_check(bytes, (uint32_t)size, why);
	if (r < 0)
		return r;
	*why = legend_check(bytes);
	if (*why)
		return -EBADMSG;
	r = image_digest(bytes, (uint32_t)size, digest);
	if (r < 0)
		return r;
	*why = "digest is wrong";
	if (memcmp(digest, ((const struct bailiwick_image_header *)bytes)->digest, SHA256_SIZE))
		return -EKEYREJECTED;
	*why = NULL;
	return 0;
}

/* Takes @bytes over, also when it fails. */
static int open_owned(uint8_t *bytes, size_t size, struct image **ret, const char **ret_why)
{
	_cleanup_free_ uint8_t *own = bytes;
	const char *why = NULL;
	struct image *image;
	int r;

	r = check(own, size, &why);
	if (ret_why)
		*ret_why = why;
	if (r < 0)
		return r;
	image = calloc(1, sizeof(*image));
	if (!image)
		return -ENOMEM;
	image->view = (image_t){ own, (uint32_t)size };
	image->header = (const void *)own;
	image->bytes = TAKE_PTR(own);
	*ret = image;
	return 0;
}

int image_open_bytes(const void *bytes, size_t size, struct image **ret, const char **ret_why)
{
	uint8_t *copy;

	if (ret_why)
		*ret_why = "larger than a policy slot can be";
	if (size > BAILIWICK_SLOT_MAX)
		return -EFBIG;
	if (ret_why)
		*ret_why = NULL;
	copy = malloc(size ? size : 1);
	if (!copy)
		return -ENOMEM;
	if (size)
		memcpy(copy, bytes, size);
	return open_owned(copy, size, ret, ret_why);
}

/* Read, never mapped: whoever holds the file could change or cut it under a mapping. */
int image_open_fd(int fd, struct image **ret, const char **ret_why)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	size_t done = 0, size;
	struct stat st;

	if (ret_why)
		*ret_why = NULL;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;
	if (st.st_size > (off_t)BAILIWICK_SLOT_MAX) {
		if (ret_why)
			*ret_why = "larger than a policy slot can be";
		return -EFBIG;
	}
	size = (size_t)st.st_size;
	bytes = malloc(size ? size : 1);
	if (!bytes)
		return -ENOMEM;
	while (done < size) {
		ssize_t n = pread(fd, bytes + done, size - done, (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return open_owned(TAKE_PTR(bytes), done, ret, ret_why);
}

int image_open(const char *path, struct image **ret, const char **ret_why)
{
	size_t size;
	char *bytes;
	int r;

	if (ret_why)
		*ret_why = NULL;
	r = readfile(path, BAILIWICK_SLOT_MAX, &bytes, &size);
	if (r > 0) {
		if (ret_why)
			*ret_why = r == READFILE_TOO_LARGE ? "larger than a policy slot can be" :
				   "not a regular file";
		return r == READFILE_TOO_LARGE ? -EFBIG : -EBADMSG;
	}
	return r < 0 ? r : open_owned((uint8_t *)bytes, size, ret, ret_why);
}

struct image *image_close(struct image *image)
{
	if (image)
		free(image->bytes);
	free(image);
	return NULL;
}

int image_memfd(const struct image *image)
{
	_cleanup_close_ int fd = memfd_create("bailiwick-image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r;

	if (fd < 0)
		return -errno;
	r = writeall(fd, image->view.bytes, image->view.size);
	if (r < 0)
		return r;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return -errno;
	return TAKE_FD(fd);
}

const void *image_records(const struct image *image, enum bailiwick_section_id id,
			  uint32_t *ret_count)
{
	const struct bailiwick_section *s = &image->header->section[id];

	if (ret_count)
		*ret_count = s->count;
	return image->bytes + s->offset;
}

/* The record at an index, NULL behind the end. */
static const void *record(const struct image *image, enum bailiwick_section_id id, uint32_t index)
{
	uint32_t count;
	const uint8_t *records = image_records(image, id, &count);

	return index < count ? records + (size_t)index * image_record_size(id) : NULL;
}

const char *image_string(const struct image *image, uint32_t offset)
{
	const char *text = record(image, BAILIWICK_SECTION_STRINGS, offset);

	return text ? text : "";
}

const struct bailiwick_row *image_row(const struct image *image, uint32_t row)
{
	return record(image, BAILIWICK_SECTION_ROW, row);
}

const struct bailiwick_role *image_role(const struct image *image, uint32_t role)
{
	return record(image, BAILIWICK_SECTION_ROLE, role);
}

const struct bailiwick_rule *image_rule(const struct image *image, uint32_t rule)
{
	return record(image, BAILIWICK_SECTION_RULE, rule);
}

const struct bailiwick_label *image_label(const struct image *image, uint32_t label)
{
	return record(image, BAILIWICK_SECTION_LABEL, label);
}

const struct bailiwick_class *image_class(const struct image *image, uint32_t class_index)
{
	return record(image, BAILIWICK_SECTION_CLASS, class_index);
}

int image_label_severity(const struct image *image, uint32_t label)
{
	const struct bailiwick_label *l = image_label(image, label);
	const struct bailiwick_class *class = l ? image_class(image, l->class_index) : NULL;

	return class ? (int)class->severity - 1 : -1;
}

const char *image_row_name(const struct image *image, uint32_t row)
{
	const struct bailiwick_row *r = image_row(image, row);

	return r ? image_string(image, r->name) : "";
}

uint32_t image_row_role(const struct image *image, uint32_t row, uint32_t nth)
{
	const struct bailiwick_row *r = image_row(image, row);
	const uint32_t *role;

	if (!r || nth >= r->role_count)
		return ~0u;
	role = record(image, BAILIWICK_SECTION_ROW_ROLE, r->first_role + nth);
	return role ? *role : ~0u;
}

uint32_t image_find_row(const struct image *image, const char *name)
{
	for (uint32_t i = 0; i < image->header->rows; i++)
		if (!strcmp(image_row_name(image, i), name))
			return i;
	return ~0u;
}

int image_protects(const struct image *image)
{
	uint32_t count;
	const struct bailiwick_label *label =
		image_records(image, BAILIWICK_SECTION_LABEL, &count);

	for (uint32_t i = 0; i < count; i++)
		if (label[i].flags & BAILIWICK_LABEL_PROTECTED)
			return 1;
	return 0;
}
