/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 */
#ifndef BAILIWICK_BASE_SHA256_H
#define BAILIWICK_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define SHA256_SIZE 32
#define SHA256_TEXT_SIZE (2 * SHA256_SIZE + 1)

/** sha256() - digest of one stretch of bytes; returns 0, or -ENOMEM / -EIO of the library */
int sha256(const void *data, size_t size, uint8_t ret[SHA256_SIZE]);

/** sha256_pieces() - digest of @n pieces one behind the other; as sha256() */
int sha256_pieces(const struct iovec *pieces, size_t n, uint8_t ret[SHA256_SIZE]);

/** sha256_format() - lower-case hexadecimal text; returns @text */
char *sha256_format(const uint8_t digest[SHA256_SIZE], char text[SHA256_TEXT_SIZE]);

#endif
