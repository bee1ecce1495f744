/* SPDX-License-Identifier: Apache-2.0 */
/* What was signed elsewhere, on its way to the controller */
#ifndef BAILIWICK_CTL_SIGNED_H
#define BAILIWICK_CTL_SIGNED_H

#include "base/message.h"

/**
 * signed_fill() - the bytes of a file, with the signatures beside it
 *
 * Return: 0, or the exit code after complaining: 77 when there is no signature.
 */
int signed_fill(struct message *request, const char *path);

#endif
