/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of images: detached CMS, RSA with SHA-256, as the kernel verifies it (OpenSSL) */
#ifndef BAILIWICK_IMAGE_SIGN_H
#define BAILIWICK_IMAGE_SIGN_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/sha256.h"

#define SIGN_BITS_LEAST 2048
#define SIGN_BITS_MOST 4096
#define SIGN_SIZE_MAX (64u << 10)	/* bytes of a signature file */

/* The two groups of which each must sign */
enum sign_group { SIGN_AUTHOR, SIGN_APPROVER, SIGN_GROUP_COUNT };

/** sign_group_name() - "author" or "approver" */
const char *sign_group_name(enum sign_group group);

/** sign_group_find() - the group of that name, or SIGN_GROUP_COUNT */
enum sign_group sign_group_find(const char *name);

/*
 * Functions with @why return 0, 1 for a documented no with a sentence in it, or
 * a negative errno.
 */

/** sign_generate() - a new RSA key and its certificate, both as PEM */
int sign_generate(const char *name, int bits, struct buffer *ret_key, struct buffer *ret_certificate,
		  struct buffer *why);

/**
 * sign_make() - sign bytes
 * @key:	a PEM file that nobody but its owner may read, or a URI as
 *		"pkcs11:…" that OpenSSL is configured for
 * @certificate: PEM file of the same key
 * @ret:	the signature, DER
 */
int sign_make(const char *key, const char *certificate, const void *data, size_t size,
	      struct buffer *ret, struct buffer *why);

/** struct trusted - certificates of both groups */
struct trusted;

/**
 * trusted_load() - DIR/author/NAME.pem and DIR/approver/NAME.pem, one certificate each
 *
 * A key of the wrong kind, and one that stands in both groups, is a no.
 */
int trusted_load(const char *directory, struct trusted **ret, struct buffer *why);

/** trusted_free() - NULL is fine; returns NULL */
struct trusted *trusted_free(struct trusted *trusted);
DEFINE_CLEANUP(struct trusted *, trusted_free);

/** trusted_count() - certificates of a group */
size_t trusted_count(const struct trusted *trusted, enum sign_group group);

/** trusted_certificate() - one of them, DER; 0 or -ENOMEM */
int trusted_certificate(const struct trusted *trusted, enum sign_group group, size_t index,
			struct buffer *ret);

/**
 * sign_check() - is this one signature of somebody of the group over exactly these bytes?
 * @ret_key:	SHA-256 of the public key, to tell two signers apart
 */
int sign_check(const struct trusted *trusted, enum sign_group group, const void *data, size_t size,
	       const void *signature, size_t signature_size, uint8_t ret_key[SHA256_SIZE],
	       struct buffer *why);

#endif
