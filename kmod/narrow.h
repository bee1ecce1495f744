/* SPDX-License-Identifier: GPL-2.0-only */
/* Does an image only take rights away from subjects of another, or give what one may? */
#ifndef BW_NARROW_H
#define BW_NARROW_H

#include <linux/types.h>

#include <bailiwick/image.h>

/*
 * bw_narrows() - no subject less, none with more rights but roles of `approvals: 1`,
 *	which new subjects may have, too; and nothing else changed
 *
 * Both images are checked.  What is for people (names, rules as they were written)
 * is not compared.  Time is linear in the image.
 */
bool bw_narrows(const struct bailiwick_image_header *old,
		const struct bailiwick_image_header *new);

#endif
