/* SPDX-License-Identifier: Apache-2.0 */
/* A policy image, opened without trusting anything in it */
#ifndef BAILIWICK_IMAGE_READER_H
#define BAILIWICK_IMAGE_READER_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "image/view.h"

/**
 * struct image - an image that passed every check
 * @view:	for the functions of ebpf/decide.h
 * @header:	points into @bytes
 * @bytes:	the image's own copy, so that nobody can change it afterwards
 */
struct image {
	image_t view;
	const struct bailiwick_image_header *header;
	uint8_t *bytes;
};

/**
 * image_open_bytes() - check and copy an image
 * @bytes:	any bytes
 * @ret:	the image; free it with image_close(); set only on success
 * @ret_why:	a static sentence about what is wrong with it, or NULL when it is
 *		not the image's fault; may be NULL
 *
 * Return: 0; -EBADMSG (no image, or inconsistent), -EPROTONOSUPPORT (foreign
 * ABI), -EKEYREJECTED (digest wrong), -EFBIG (larger than BAILIWICK_SLOT_MAX),
 * -ENOMEM.
 */
int image_open_bytes(const void *bytes, size_t size, struct image **ret, const char **ret_why);

/** image_open_fd() - as image_open_bytes(), from a regular file or memfd, from its start */
int image_open_fd(int fd, struct image **ret, const char **ret_why);

/** image_open() - as image_open_bytes(), from a file; also what readfile() returns */
int image_open(const char *path, struct image **ret, const char **ret_why);

/** image_close() - free an image; NULL is fine; returns NULL */
struct image *image_close(struct image *image);
DEFINE_CLEANUP(struct image *, image_close);

/** image_memfd() - a sealed memfd with the image, for BAILIWICK_CMD_SWITCH; or a negative errno */
int image_memfd(const struct image *image);

/** image_string() - a string of the STRINGS section; "" for 0 and for offsets outside */
const char *image_string(const struct image *image, uint32_t offset);

/** image_records() - the records of a section, aligned for their type, and their number */
const void *image_records(const struct image *image, enum bailiwick_section_id id,
			  uint32_t *ret_count);

/* One record each; NULL for an index outside. */
const struct bailiwick_row *image_row(const struct image *image, uint32_t row);
const struct bailiwick_role *image_role(const struct image *image, uint32_t role);
const struct bailiwick_rule *image_rule(const struct image *image, uint32_t rule);
const struct bailiwick_label *image_label(const struct image *image, uint32_t label);
const struct bailiwick_class *image_class(const struct image *image, uint32_t class_index);

/** image_label_severity() - what the policy says of the label's class: BAILIWICK_SEVERITY_*, or -1 */
int image_label_severity(const struct image *image, uint32_t label);

/** image_row_name() - role names joined by '+'; "unconfined" for row 0; "" outside */
const char *image_row_name(const struct image *image, uint32_t row);

/** image_row_role() - index into the roles of the @nth role of a row; ~0 when there is none */
uint32_t image_row_role(const struct image *image, uint32_t row, uint32_t nth);

/** image_find_row() - the row of that name ("clerk", "backup+clerk", "none"); ~0 when there is none */
uint32_t image_find_row(const struct image *image, const char *name);

/** image_protects() - 1 when a class of this image is protected */
int image_protects(const struct image *image);

#endif
