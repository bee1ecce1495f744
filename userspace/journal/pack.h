/* SPDX-License-Identifier: Apache-2.0 */
/* Packed segments: the same bytes as one zstd frame; the only file that knows zstd */
#ifndef BAILIWICK_JOURNAL_PACK_H
#define BAILIWICK_JOURNAL_PACK_H

#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"

/* Bytes that can be read at once from a packed segment */
#define UNPACK_MOST (512u << 10)

struct pack;
struct unpack;

/** pack_new() - from one open file into another, both borrowed; 0 or a negative errno */
int pack_new(int from, int to, struct pack **ret);

/**
 * pack_step() - read and pack about @most bytes more
 *
 * Return: 1 when all is written, 0 when there is more to do, or a negative errno.
 */
int pack_step(struct pack *pack, size_t most);

/** pack_free() - NULL is fine; returns NULL */
struct pack *pack_free(struct pack *pack);
DEFINE_CLEANUP(struct pack *, pack_free);

/** unpack_new() - of an open file, borrowed; 0 or a negative errno */
int unpack_new(int fd, struct unpack **ret);

/**
 * unpack_read() - bytes at an offset of what was packed; going back costs starting over
 * @size:	at most UNPACK_MOST
 *
 * Return: bytes, fewer than asked only at the end; -EBADMSG for what is no whole
 * frame; a negative errno.
 */
ssize_t unpack_read(struct unpack *unpack, void *data, size_t size, off_t offset);

/** unpack_free() - NULL is fine; returns NULL */
struct unpack *unpack_free(struct unpack *unpack);

#endif
