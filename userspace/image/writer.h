/* SPDX-License-Identifier: Apache-2.0 */
/* Sections in, an image out: offsets, sizes, digest */
#ifndef BAILIWICK_IMAGE_WRITER_H
#define BAILIWICK_IMAGE_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include <bailiwick/image.h>

#include "base/buffer.h"
#include "base/strmap.h"

/** struct image_bytes - a finished image; data is freed with image_bytes_done() */
struct image_bytes {
	uint8_t *data;
	uint32_t size;
};

/** image_bytes_done() - free the bytes and make it empty */
void image_bytes_done(struct image_bytes *bytes);

/**
 * struct image_writer - an image under construction
 * @header:	filled in by the user, except magic, ABI, sizes, digest and table
 * @section:	records of each section, without padding
 * @strings:	offsets of the strings in the STRINGS section; private
 *
 * All-zero bytes are a valid empty writer.
 */
struct image_writer {
	struct bailiwick_image_header header;
	struct buffer section[BAILIWICK_SECTION_COUNT];
	struct strmap strings;
	struct arena *arena;
};

/** image_writer_done() - free what the writer holds */
void image_writer_done(struct image_writer *writer);

/** image_writer_add() - append one record of @size bytes to a section; 0 or -ENOMEM */
int image_writer_add(struct image_writer *writer, enum bailiwick_section_id id,
		     const void *record, size_t size);

/** image_writer_string() - offset of a string, added once; 0 for NULL and ""; 0 and failed when
 * memory is out, which image_writer_finish() reports
 */
uint32_t image_writer_string(struct image_writer *writer, const char *text);

/**
 * image_writer_finish() - lay the sections out and fill in the digest
 *
 * Return: 0, -ENOMEM, -EIO (digest), -EFBIG when larger than BAILIWICK_SLOT_MAX.
 */
int image_writer_finish(struct image_writer *writer, struct image_bytes *ret);

/** image_digest() - SHA-256 of an image with its digest field taken as zero; 0 or as sha256() */
int image_digest(const void *bytes, uint32_t size, uint8_t ret[32]);

/** image_record_size() - bytes of one record of a section */
uint32_t image_record_size(enum bailiwick_section_id id);

#endif
