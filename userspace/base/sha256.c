// SPDX-License-Identifier: Apache-2.0
/* SHA-256; the only file that knows how OpenSSL spells it */
#include "base/sha256.h"

#include <errno.h>
#include <openssl/evp.h>

int sha256_pieces(const struct iovec *pieces, size_t n, uint8_t ret[SHA256_SIZE])
{
	EVP_MD_CTX *context;
	unsigned int length = 0;
	int r = -EIO;
	size_t i;

	context = EVP_MD_CTX_new();
	if (!context)
		return -ENOMEM;
	if (EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
		goto out;
	for (i = 0; i < n; i++)
		if (EVP_DigestUpdate(context, pieces[i].iov_base, pieces[i].iov_len) != 1)
			goto out;
	if (EVP_DigestFinal_ex(context, ret, &length) != 1 || length != SHA256_SIZE)
		goto out;
	r = 0;
out:
	EVP_MD_CTX_free(context);
	return r;
}

int sha256(const void *data, size_t size, uint8_t ret[SHA256_SIZE])
{
	struct iovec piece = { .iov_base = (void *)data, .iov_len = size };

	return sha256_pieces(&piece, 1, ret);
}

char *sha256_format(const uint8_t digest[SHA256_SIZE], char text[SHA256_TEXT_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	int i;

	for (i = 0; i < SHA256_SIZE; i++) {
		text[2 * i] = digits[digest[i] >> 4];
		text[2 * i + 1] = digits[digest[i] & 15];
	}
	text[2 * SHA256_SIZE] = '\0';
	return text;
}
