/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of an image as ebpf/decide.h sees them on the host */
#ifndef BAILIWICK_IMAGE_VIEW_H
#define BAILIWICK_IMAGE_VIEW_H

#include <stdint.h>
#include <string.h>

#include <bailiwick/image.h>

/**
 * image_t - borrowed bytes of one image, passed by value
 *
 * The bytes need not be aligned, checked or even an image: every load outside
 * of them is 0, and all-zero grants nothing.
 */
typedef struct image_view {
	const uint8_t *bytes;
	uint32_t size;
} image_t;

/* A checked image never asks for bytes outside: tests define this to notice when one does. */
#ifndef IMAGE_OUTSIDE
#define IMAGE_OUTSIDE() ((void)0)
#endif

static inline __u8 image_load8(image_t image, __u32 offset)
{
	if (offset < image.size)
		return image.bytes[offset];
	IMAGE_OUTSIDE();
	return 0;
}

static inline __u32 image_load32(image_t image, __u32 offset)
{
	__u32 value;

	if (image.size < sizeof(value) || offset > image.size - sizeof(value)) {
		IMAGE_OUTSIDE();
		return 0;
	}
	memcpy(&value, image.bytes + offset, sizeof(value));
	return value;
}

static inline __u64 image_load64(image_t image, __u32 offset)
{
	__u64 value;

	if (image.size < sizeof(value) || offset > image.size - sizeof(value)) {
		IMAGE_OUTSIDE();
		return 0;
	}
	memcpy(&value, image.bytes + offset, sizeof(value));
	return value;
}

#include "ebpf/decide.h"

#endif
