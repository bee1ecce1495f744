/* SPDX-License-Identifier: Apache-2.0 */
/* An image as text for people and reviews, and as JSON */
#ifndef BAILIWICK_IMAGE_DUMP_H
#define BAILIWICK_IMAGE_DUMP_H

#include "base/buffer.h"
#include "image/reader.h"

/**
 * dump_text() - what an image says: rows, labels and their rights, networks, subjects
 *
 * The lowered form: two policies that mean the same give the same text but for
 * version, time and digest, which stand in the first lines. Strings are escaped.
 * Return: 0, or -ENOMEM.
 */
int dump_text(const struct image *image, struct buffer *out);

/** dump_json() - the same as one JSON object without line breaks inside */
int dump_json(const struct image *image, struct buffer *out);

#endif
