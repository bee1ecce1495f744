/* SPDX-License-Identifier: Apache-2.0 */
/* The image in which one subject has nothing left, made without the compiler */
#ifndef BAILIWICK_IMAGE_NARROW_H
#define BAILIWICK_IMAGE_NARROW_H

#include "image/reader.h"

/**
 * image_take() - the same policy, but a subject holds no role any more
 * @kind:	BAILIWICK_SUBJECT_USER or BAILIWICK_SUBJECT_UNIT
 * @name:	as the policy, or who gave the role, wrote it
 * @role:	the one that is taken; NULL for all
 * @version:	of the new image
 * @created:	its time, seconds since the epoch
 *
 * The compiler would bind that subject to the row `none`, and change nothing else of
 * what the kernel reads but leave out rows that nobody holds any more.  Where it might
 * do something else it is not done here: the subject keeps another role, may hold the
 * role by a group or under another name, or is no person and no unit.
 *
 * Return: 0; 1 when only the compiler can tell; or a negative errno.
 */
int image_take(const struct image *image, uint32_t kind, const char *name, const char *role,
	       uint64_t version, uint64_t created, struct image **ret);

#endif
