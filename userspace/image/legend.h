/* SPDX-License-Identifier: Apache-2.0 */
/* The sections for people, held to what they claim */
#ifndef BAILIWICK_IMAGE_LEGEND_H
#define BAILIWICK_IMAGE_LEGEND_H

#include <bailiwick/image.h>

/**
 * legend_check() - are names, rules, networks and subjects consistent?
 * @bytes:	an image that passed bailiwick_image_check()
 *
 * The kernel never reads these sections, so the module does not check them.
 * Return: NULL, or a static sentence about what is wrong.
 */
const char *legend_check(const void *bytes);

#endif
