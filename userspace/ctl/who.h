/* SPDX-License-Identifier: Apache-2.0 */
/* A subject as people type it, and whether this machine knows it */
#ifndef BAILIWICK_CTL_WHO_H
#define BAILIWICK_CTL_WHO_H

#include "model/subject.h"

/** who_parse() - read a subject; 0, or the exit code (64) after complaining */
int who_parse(const char *text, struct subject *ret);

/**
 * who_require() - complain about a user or group this machine does not know
 *
 * Return: 0, or the exit code (67, EX_NOUSER) after complaining, with the
 * nearest name there is.
 */
int who_require(const struct subject *subject);

#endif
