/* SPDX-License-Identifier: Apache-2.0 */
/* The image in force, from the controller */
#ifndef BAILIWICK_CTL_INFORCE_H
#define BAILIWICK_CTL_INFORCE_H

#include "image/reader.h"

/** inforce_image() - ask for it and check it; 0 and *ret, or the exit code after complaining */
int inforce_image(const char *socket, struct image **ret);

#endif
