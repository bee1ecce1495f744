/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of host names, as DNS and /etc/hosts have them (c-ares) */
#ifndef BAILIWICK_DNS_LOOKUP_H
#define BAILIWICK_DNS_LOOKUP_H

#include <stddef.h>
#include <stdint.h>

#include "base/cidr.h"

/* Addresses of one family that are believed; a name with more is a failure */
#define LOOKUP_ADDRESSES_MAX 32

enum lookup_outcome {
	LOOKUP_FOUND,
	LOOKUP_ABSENT,		/* the answer is that there is none */
	LOOKUP_FAILED,		/* nobody answered, or with something else */
};

/**
 * struct lookup_family - what was learned of one kind of address
 * @why:	for people, a static text; NULL when found
 * @ttl:	seconds, the least of all records on the way; 0 from /etc/hosts
 */
struct lookup_family {
	enum lookup_outcome outcome;
	const char *why;
	uint32_t ttl;
	struct cidr addresses[LOOKUP_ADDRESSES_MAX];
	size_t count;
};

/** struct lookup_answer - [0] is IPv4, [1] IPv6 */
struct lookup_answer {
	const char *name;
	struct lookup_family family[2];
};

/**
 * struct lookup_options - how to ask
 * @servers:	"127.0.0.1:5300,[::1]:5300"; NULL for those of /etc/resolv.conf
 * @timeout:	milliseconds for the first try of a server; later ones wait longer
 * @tries:	per server
 * @seconds:	everything together ends then
 */
struct lookup_options {
	const char *servers;
	int timeout;
	int tries;
	unsigned int seconds;
};

/** lookup_fn - called once per name, in any order */
typedef void lookup_fn(void *context, const struct lookup_answer *answer);

/**
 * lookup_all() - look names up and return when all have an outcome
 * @names:	as hostname_check() wants them; search domains are never tried
 *
 * An answer that was cut is asked for again by TCP.
 * Return: 0 or a negative errno; names that failed are no trouble.
 */
int lookup_all(char *const *names, size_t n, const struct lookup_options *options,
	       lookup_fn *found, void *context);

#endif
