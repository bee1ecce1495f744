/* SPDX-License-Identifier: GPL-2.0-only */
/* A policy image from user space: copied first, then believed. */
#ifndef BW_IMAGE_H
#define BW_IMAGE_H

#include <linux/types.h>

#include <bailiwick/image.h>

/* A checked copy; nobody outside the module can reach its bytes. */
struct bw_image {
	struct bailiwick_image_header *header;	/* start of the vmalloc()ed bytes */
	u32 size;
	bool protects;				/* a label is protected */
};

/*
 * bw_image_read() - copy and check what a memfd holds.
 * @limit: size of a slot in bytes
 * @why: on failure, a constant sentence
 *
 * The errors are those of BAILIWICK_CMD_SWITCH, besides -ENOMEM and what
 * reading the descriptor gives.  Free a successful result with bw_image_done().
 */
int bw_image_read(u32 fd, u32 limit, struct bw_image *ret, const char **why);
void bw_image_done(struct bw_image *image);

#ifdef DEBUG
bool bw_image_selftest(void);
#endif

#endif
