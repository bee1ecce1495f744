/* SPDX-License-Identifier: Apache-2.0 */
/* Host names as DNS knows them */
#ifndef BAILIWICK_BASE_HOSTNAME_H
#define BAILIWICK_BASE_HOSTNAME_H

#include <stdbool.h>
#include <stddef.h>

/* bytes of a name with its NUL, without the dot behind it */
#define HOSTNAME_MAX 254
#define HOSTNAME_LABEL_MAX 63

/* Why a text is no host name that may be resolved; the positive answers of hostname_check() */
enum hostname_mistake {
	HOSTNAME_FINE,
	HOSTNAME_EMPTY_LABEL,	/* nothing, a leading dot, or two in a row */
	HOSTNAME_TOO_LONG,
	HOSTNAME_LABEL_TOO_LONG,
	HOSTNAME_CHARACTER,	/* none of letters, digits, '-', '_' and '.' */
	HOSTNAME_HYPHEN,	/* a label begins or ends with '-' */
	HOSTNAME_WILDCARD,	/* a '*' */
	HOSTNAME_NOT_ASCII,	/* hostname_ascii() may know what is meant */
	HOSTNAME_NUMBER,	/* the last label is a number: many read it as an address */
	HOSTNAME_LOCAL,		/* localhost and what is below: never asked of DNS */
};

/**
 * hostname_check() - is this a name that DNS can be asked for?
 * @ret:	the name in lower case without a dot behind it; set for HOSTNAME_FINE
 * @ret_offset:	where the mistake begins, in bytes; may be NULL
 */
enum hostname_mistake hostname_check(const char *text, char ret[HOSTNAME_MAX], size_t *ret_offset);

/**
 * hostname_ascii() - the form with xn-- of a name in UTF-8, as a suggestion
 *
 * Letters are lowered where that is simple; nothing else is normalised.
 * Return: false when there is none.
 */
bool hostname_ascii(const char *text, char ret[HOSTNAME_MAX]);

#endif
