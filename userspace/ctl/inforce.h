/* SPDX-License-Identifier: Apache-2.0 */
/* The image in force, from the controller */
#ifndef BAILIWICK_CTL_INFORCE_H
#define BAILIWICK_CTL_INFORCE_H

#include "base/message.h"
#include "image/reader.h"

/**
 * inforce_image() - ask for it and check it
 * @ret_answer:	the frame it came with, for barred.h; to be freed. May be NULL.
 *
 * Return: 0 and *ret, or the exit code after complaining.
 */
int inforce_image(const char *socket, struct image **ret, struct message **ret_answer);

#endif
