// SPDX-License-Identifier: GPL-2.0-only
/* A policy image from user space: copied first, then believed. */
#include <crypto/sha2.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/shmem_fs.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#define BAILIWICK_CHECK_PAUSE() cond_resched()
#include <bailiwick/check.h>

#include "image.h"

#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW)
#define DIGEST_STEP (1u << 20)		/* bytes between letting others run */

/*
 * The seals keep an honest sender honest: the digest it computed is the digest
 * of what is read.  Safety does not rest on them, the copy is what is checked.
 */
static bool is_sealed_memfd(struct file *file)
{
	return shmem_file(file) && file_inode(file)->i_sb->s_magic == TMPFS_MAGIC &&
	       (READ_ONCE(SHMEM_I(file_inode(file))->seals) & SEALS) == SEALS;
}

static int copy_file(struct file *file, void *bytes, size_t size)
{
	loff_t position = 0;

	while (position < size) {
		ssize_t n = kernel_read(file, bytes + position, size - position,
					&position);

		if (n < 0)
			return n;
		if (n == 0)
			return -EBADMSG;
	}
	return 0;
}

static bool digest_matches(struct bw_image *image)
{
	u8 said[SHA256_DIGEST_SIZE], is[SHA256_DIGEST_SIZE];
	struct sha256_state state;
	u32 at, step;

	BUILD_BUG_ON(sizeof(said) != sizeof(image->header->digest));
	memcpy(said, image->header->digest, sizeof(said));
	memset(image->header->digest, 0, sizeof(said));
	sha256_init(&state);
	for (at = 0; at < image->size; at += step) {
		step = min(image->size - at, DIGEST_STEP);
		sha256_update(&state, (const u8 *)image->header + at, step);
		cond_resched();
	}
	sha256_final(&state, is);
	memcpy(image->header->digest, said, sizeof(said));
	return !memcmp(said, is, sizeof(said));
}

static bool has_protected_label(const struct bw_image *image)
{
	const struct bailiwick_section *section =
		&image->header->section[BAILIWICK_SECTION_LABEL];
	const struct bailiwick_label *label = (void *)image->header + section->offset;
	u32 i;

	for (i = 0; i < section->count; i++)
		if (label[i].flags & BAILIWICK_LABEL_PROTECTED)
			return true;
	return false;
}

/* What the image is comes before what it says: each step trusts the one above. */
static int image_verify(struct bw_image *image, const char **why)
{
	const struct bailiwick_image_header *header = image->header;

	if (image->size < sizeof(*header) ||
	    memcmp(header->magic, BAILIWICK_IMAGE_MAGIC, sizeof(header->magic))) {
		*why = "this is no policy image";
		return -EBADMSG;
	}
	if (header->abi != BAILIWICK_ABI) {
		*why = "the image has another ABI than the module";
		return -EPROTONOSUPPORT;
	}
	if (header->image_size != image->size) {
		*why = "the image has another size than its header says";
		return -EBADMSG;
	}
	if (!digest_matches(image)) {
		*why = "the digest does not match the image";
		return -EKEYREJECTED;
	}
	if (bailiwick_image_check(header, image->size, why))
		return -EBADMSG;
	image->protects = has_protected_label(image);
	return 0;
}

static int image_copy(struct file *file, u32 limit, struct bw_image *image,
		      const char **why)
{
	loff_t size;
	int err;

	if (!is_sealed_memfd(file)) {
		*why = "the image is no memfd sealed against write, shrink and grow";
		return -EPERM;
	}
	size = i_size_read(file_inode(file));
	if (size > limit) {
		*why = "the image is larger than a slot";
		return -EFBIG;
	}
	if (size < sizeof(*image->header)) {
		*why = "this is no policy image";
		return -EBADMSG;
	}
	image->size = size;
	image->header = vmalloc(size);
	if (!image->header)
		return -ENOMEM;
	err = copy_file(file, image->header, size);
	if (err)
		*why = "the image cannot be read";
	return err;
}

int bw_image_read(u32 fd, u32 limit, struct bw_image *ret, const char **why)
{
	struct bw_image image = {};
	struct file *file = fget(fd);
	int err;

	if (!file) {
		*why = "the image descriptor is not open";
		return -EBADF;
	}
	err = image_copy(file, limit, &image, why);
	fput(file);
	if (!err)
		err = image_verify(&image, why);
	if (err) {
		bw_image_done(&image);
		return err;
	}
	*ret = image;
	return 0;
}

void bw_image_done(struct bw_image *image)
{
	vfree(image->header);
	image->header = NULL;
}

#ifdef DEBUG
#include "selftest/image.c"
#endif
