/* SPDX-License-Identifier: Apache-2.0 */
/* Host names of an image, and the addresses they stand for in it */
#ifndef BAILIWICK_IMAGE_HOST_H
#define BAILIWICK_IMAGE_HOST_H

#include "base/cidr.h"
#include "image/question.h"

/* Addresses one name may stand for, of both families together */
#define HOST_ADDRESSES_MAX 64

/**
 * host_next() - go through the names
 * @at:		0 at first
 *
 * Return: a string of the image, NULL at the end. A name comes once for each
 * `to:` it is written in.
 */
const char *host_next(const struct image *image, uint32_t *at);

/** host_addresses() - what a name stands for; their number, or -1 when the image does not know it */
int host_addresses(const struct image *image, const char *name,
		   struct cidr ret[HOST_ADDRESSES_MAX]);

/**
 * host_ask() - answer a network question about a name
 * @question:	its address is not looked at
 * @ret_address: the one that decided: the first that is denied; family 0 when the
 *		name has none in this image, the answer is then what the rules say of the name
 *
 * Return: 0; 1 when the image does not know the name.
 */
int host_ask(const struct image *image, uint32_t row, const char *name,
	     const struct question *question, struct answer *ret, struct cidr *ret_address);

/** host_same() - do both images have the same names with the same addresses? */
bool host_same(const struct image *a, const struct image *b);

#endif
