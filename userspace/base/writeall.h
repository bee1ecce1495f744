/* SPDX-License-Identifier: Apache-2.0 */
/* Every byte into a descriptor, however it takes them */
#ifndef BAILIWICK_BASE_WRITEALL_H
#define BAILIWICK_BASE_WRITEALL_H

#include <stddef.h>

/**
 * writeall() - write @size bytes, through short writes and signals
 *
 * For blocking descriptors: one that answers EAGAIN is reported as such.
 *
 * Return: 0, or a negative errno; part of the bytes may be written then.
 */
int writeall(int fd, const void *data, size_t size);

#endif
