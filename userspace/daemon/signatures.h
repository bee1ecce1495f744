/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures that came with an image, and where they are kept for the next start */
#ifndef BAILIWICK_DAEMON_SIGNATURES_H
#define BAILIWICK_DAEMON_SIGNATURES_H

#include <stdbool.h>

#include "image/reader.h"
#include "load/trust.h"

/** struct signatures - one per group, DER; all-zero bytes are none */
struct signatures {
	struct buffer by[SIGN_GROUP_COUNT];
};

/** signatures_done() - free them; *signatures is empty again */
void signatures_done(struct signatures *signatures);

/** signatures_any() - is there one at all? */
bool signatures_any(const struct signatures *signatures);

/** signatures_terms() - as they go to the module; points into @signatures */
struct terms signatures_terms(const struct signatures *signatures);

/**
 * signatures_store() - keep them in a directory, under the image's digest
 *
 * They are on disk for good when it returns, so the image may be stored after
 * them: whichever image is found later, its own signatures are there.
 * Return: 0 or a negative errno.
 */
int signatures_store(const struct signatures *signatures, const struct image *image,
		     const char *directory);

/** signatures_load() - those of an image; 0, 1 when there are none, or a negative errno */
int signatures_load(const struct image *image, const char *directory, struct signatures *ret);

/** signatures_sweep() - remove those of every other image; trouble leaves some, which is harmless */
void signatures_sweep(const struct image *image, const char *directory);

#endif
