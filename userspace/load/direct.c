/* SPDX-License-Identifier: Apache-2.0 */
/* Switching without the module: the same rules, kept by the controller itself */
#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "image/reader.h"
#include "load/direct.h"

#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW)

static uint32_t word_slot(uint64_t word)
{
	return word & 1;
}

static uint64_t word_next(uint64_t word, uint32_t slot)
{
	return ((word >> 1) + 1) << 1 | slot;
}

/*
 * MEMBARRIER_CMD_GLOBAL returns after every program that was running has left,
 * as synchronize_rcu() in the module.  The programs are not sleepable.
 */
static int wait_for_readers(void)
{
	return syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) < 0 ? -errno : 0;
}

static int read_header(const struct loaded *loaded, uint32_t slot,
		       struct bailiwick_image_header *ret)
{
	_cleanup_free_ void *bytes = malloc(loaded->slot_size);
	int err;

	if (!bytes)
		return -ENOMEM;
	err = loaded_read_slot(loaded, slot, bytes);
	if (!err)
		memcpy(ret, bytes, sizeof(*ret));
	return err;
}

/* Bring @direct up to the word in force. */
static int look(struct direct *direct, const struct loaded *loaded,
		struct bailiwick_control *ret_control)
{
	struct bailiwick_image_header header;
	struct bailiwick_control control;
	int err;

	err = loaded_read_control(loaded, &control);
	if (err)
		return err;
	if (control.word != direct->word) {
		err = read_header(loaded, word_slot(control.word), &header);
		if (err)
			return err;
		direct->word = control.word;
		direct->version = header.version;
		memcpy(direct->digest, header.digest, sizeof(direct->digest));
	}
	*ret_control = control;
	return 0;
}

/* One word is what programs follow; `protects` may be set too long, never too short. */
static int flip(const struct loaded *loaded, const struct bailiwick_control *before,
		uint32_t slot, uint32_t protects)
{
	struct bailiwick_control control = *before;
	int err = 0;

	if (protects && !control.protects) {
		control.protects = 1;
		err = loaded_write_control(loaded, &control);
	}
	control.word = word_next(before->word, slot);
	if (!err)
		err = loaded_write_control(loaded, &control);
	if (!err && control.protects && !protects) {
		control.protects = 0;
		err = loaded_write_control(loaded, &control);
	}
	return err;
}

static int open_image(int fd, uint32_t slot_size, struct image **ret, struct buffer *why)
{
	const char *sentence = NULL;
	struct stat st;
	int seals, err;

	seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || (seals & SEALS) != SEALS) {
		buffer_append_text(why, "the image is no memfd sealed against write, shrink and "
				   "grow");
		return seals < 0 && errno == EBADF ? -EBADF : -EPERM;
	}
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size > slot_size) {
		buffer_printf(why, "the image has %lld bytes, a slot %u",
			      (long long)st.st_size, slot_size);
		return -EFBIG;
	}
	err = image_open_fd(fd, ret, &sentence);
	if (err)
		buffer_append_text(why, sentence ? sentence : strerror(-err));
	return err;
}

static int write_slot(const struct loaded *loaded, uint32_t slot, const struct image *image)
{
	_cleanup_free_ void *bytes = calloc(1, loaded->slot_size);
	int err;

	if (!bytes)
		return -ENOMEM;
	memcpy(bytes, image->bytes, image->header->image_size);
	err = wait_for_readers();
	return err ? err : loaded_write_slot(loaded, slot, bytes);
}

int direct_switch(struct direct *direct, const struct loaded *loaded, int image_fd,
		  struct buffer *why)
{
	_cleanup_(image_closep) struct image *image = NULL;
	struct bailiwick_control control;
	uint32_t slot;
	int err;

	err = open_image(image_fd, loaded->slot_size, &image, why);
	if (err)
		return err;
	err = look(direct, loaded, &control);
	if (err) {
		buffer_printf(why, "cannot read the policy in force: %s", strerror(-err));
		return err;
	}
	if (control.word && image->header->version <= direct->version) {
		buffer_append_text(why, "the image is not newer than the policy in force");
		return -ESTALE;
	}
	slot = control.word ? !word_slot(control.word) : 0;
	err = write_slot(loaded, slot, image);
	if (!err)
		err = flip(loaded, &control, slot, (uint32_t)image_protects(image));
	if (err)
		buffer_printf(why, "cannot write the policy slot: %s", strerror(-err));
	return err;
}

int direct_rollback(struct direct *direct, const struct loaded *loaded, uint64_t version,
		    struct buffer *why)
{
	_cleanup_(image_closep) struct image *image = NULL;
	_cleanup_free_ uint8_t *bytes = malloc(loaded->slot_size);
	const struct bailiwick_image_header *header = (const void *)bytes;
	struct bailiwick_control control;
	uint32_t slot;
	int err;

	if (!bytes)
		return -ENOMEM;
	err = look(direct, loaded, &control);
	slot = !word_slot(control.word);
	if (!err)
		err = loaded_read_slot(loaded, slot, bytes);
	if (err) {
		buffer_printf(why, "cannot read the policy slot: %s", strerror(-err));
		return err;
	}
	if (!control.word || header->image_size > loaded->slot_size ||
	    header->version != version ||
	    image_open_bytes(bytes, header->image_size, &image, NULL)) {
		buffer_append_text(why, "the other slot does not hold that version");
		return -ESTALE;
	}
	err = flip(loaded, &control, slot, (uint32_t)image_protects(image));
	if (err)
		buffer_printf(why, "cannot write the control word: %s", strerror(-err));
	return err;
}

int direct_status(struct direct *direct, const struct loaded *loaded,
		  struct enforcement_status *ret)
{
	struct bailiwick_control control;
	int err = look(direct, loaded, &control);

	if (err || !control.word)
		return err;
	ret->epoch = control.word >> 1;
	ret->active = word_slot(control.word);
	ret->version = direct->version;
	memcpy(ret->digest, direct->digest, sizeof(ret->digest));
	return 0;
}
