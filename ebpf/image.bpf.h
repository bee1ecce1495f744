/* SPDX-License-Identifier: GPL-2.0-only */
/* The image in force, as decide.h wants it; claiming room to work in. */
#ifndef BAILIWICK_IMAGE_BPF_H
#define BAILIWICK_IMAGE_BPF_H

#include "maps.bpf.h"

/*
 * A slot's bytes.  The masks are constants for the verifier (frozen read-only
 * data), so an offset stays inside the slot whatever the image says.  One that is
 * known here, in the header, needs none: every slot is that large.
 */
typedef const __u8 *image_t;

#define IMAGE_FIXED(offset, size) \
	(__builtin_constant_p(offset) && (offset) % (size) == 0 && \
	 (offset) <= BAILIWICK_SLOT_MIN - (size))

static __always_inline __u8 image_load8(image_t image, __u32 offset)
{
	return image[offset & bw_image_mask8];
}

static __always_inline __u32 image_load32(image_t image, __u32 offset)
{
	if (IMAGE_FIXED(offset, sizeof(__u32)))
		return *(const __u32 *)(image + offset);
	return *(const __u32 *)(image + (offset & bw_image_mask32));
}

static __always_inline __u64 image_load64(image_t image, __u32 offset)
{
	return *(const __u64 *)(image + (offset & bw_image_mask64));
}

#include "decide.h"

/* The image a control word names. */
static __always_inline image_t image_open(__u64 word)
{
	__u32 slot = word & 1;

	return bpf_map_lookup_elem(&bw_slots, &slot);
}

/*
 * Room for one walk or one event, by its number: the functions judged once take
 * no map memory.
 */
#define SCRATCH_NONE 0xffffffffu

static __always_inline struct bw_scratch *scratch_at(__u32 room)
{
	__u32 key = room & bw_scratch_mask;

	return room == SCRATCH_NONE ? NULL : bpf_map_lookup_elem(&bw_scratch, &key);
}

/* SCRATCH_NONE when all is taken: then nothing can be classified. */
BW_ONCE __u32 scratch_claim(void);
BW_ONCE int scratch_release(__u32 room);

#endif
