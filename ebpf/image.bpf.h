/* SPDX-License-Identifier: GPL-2.0-only */
/* The image in force, as decide.h wants it; claiming room to work in. */
#ifndef BAILIWICK_IMAGE_BPF_H
#define BAILIWICK_IMAGE_BPF_H

#include "maps.bpf.h"

/*
 * A slot's bytes.  The masks are constants for the verifier (frozen read-only
 * data), so an offset stays inside the slot whatever the image says.
 */
typedef const __u8 *image_t;

static __always_inline __u8 image_load8(image_t image, __u32 offset)
{
	return image[offset & bw_image_mask8];
}

static __always_inline __u32 image_load32(image_t image, __u32 offset)
{
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

#define SCRATCH_TRIES 16

/* Room for one walk, NULL when all is taken: then nothing can be classified. */
static __always_inline struct bw_scratch *scratch_claim(void)
{
	__u32 start = bpf_get_smp_processor_id() * 4;
	__u32 i;

	for (i = 0; i < SCRATCH_TRIES; i++) {
		__u32 key = (start + i) & bw_scratch_mask;
		struct bw_scratch *s = bpf_map_lookup_elem(&bw_scratch, &key);

		if (s && !__sync_val_compare_and_swap(&s->busy, 0, 1))
			return s;
	}
	return NULL;
}

static __always_inline void scratch_release(struct bw_scratch *s)
{
	__sync_lock_test_and_set(&s->busy, 0);
}

#endif
