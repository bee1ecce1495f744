/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4 and IPv6 addresses and prefixes */
#ifndef BAILIWICK_BASE_CIDR_H
#define BAILIWICK_BASE_CIDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* longest text: an IPv6 address, '/', three digits and the NUL */
#define CIDR_TEXT_MAX 52

/**
 * struct cidr - an address with a prefix length
 * @family:	4 or 6; 0 is no address at all
 * @prefix:	leading bits that count: 0..32 for IPv4, 0..128 for IPv6
 * @bytes:	network byte order; an IPv4 address fills the first four, the
 *		rest is zero. Bits behind the prefix are zero.
 *
 * An IPv4-mapped IPv6 address (::ffff:a.b.c.d, prefix >= 96) is stored as the
 * IPv4 address it means, because that is the traffic it names.
 */
struct cidr {
	uint8_t family;
	uint8_t prefix;
	uint8_t bytes[16];
};

/* Why a text is no address; the positive answers of cidr_parse() */
enum cidr_mistake {
	CIDR_FINE,
	CIDR_NOT_AN_ADDRESS,	/* something else: a name, a word */
	CIDR_BAD_ADDRESS,	/* looks like an address and is none */
	CIDR_BAD_PREFIX,	/* '/' not followed by a number */
	CIDR_PREFIX_TOO_LONG,	/* more than 32 or 128 */
	CIDR_HOST_BITS,		/* bits set behind the prefix; *ret is the network */
	CIDR_MAPPED_PREFIX,	/* IPv4-mapped with a prefix that is shorter than 96 */
};

/**
 * cidr_parse() - read "10.0.0.0/8", "fd20::/32", "192.0.2.1" or "::1"
 *
 * A text without '/' is one address (prefix 32 or 128). Leading zeros in IPv4
 * are refused (some programs read them as octal). *ret is set for CIDR_FINE
 * and CIDR_HOST_BITS.
 */
enum cidr_mistake cidr_parse(const char *text, struct cidr *ret);

/** cidr_format() - the canonical text; a full prefix is left out; returns @buf */
char *cidr_format(const struct cidr *cidr, char buf[CIDR_TEXT_MAX]);

/** cidr_contains() - does every address of @inner lie in @outer? */
bool cidr_contains(const struct cidr *outer, const struct cidr *inner);

/** cidr_compare() - total order: family, bytes, prefix */
int cidr_compare(const struct cidr *a, const struct cidr *b);

#endif
