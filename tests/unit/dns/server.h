/* SPDX-License-Identifier: Apache-2.0 */
/* A small DNS server on loopback, by UDP and TCP, that answers well or badly by the name it is asked */
#ifndef TESTS_UNIT_DNS_SERVER_H
#define TESTS_UNIT_DNS_SERVER_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

/*
 * The first label says what happens; all names end in ".test".
 *
 *	good	A 192.0.2.1 192.0.2.2 ttl 60, AAAA 2001:db8::1 ttl 30
 *	only4	A alone		only6	AAAA alone	none	neither, but the name exists
 *	gone	NXDOMAIN	sick	SERVFAIL	rude	REFUSED
 *	half	A good, AAAA SERVFAIL
 *	long	cut by UDP, 20 addresses by TCP		cutoff	cut by UDP, TCP closes at once
 *	many	60 addresses (by TCP)
 *	zero	ttl 0		ages	ttl 2^32-1
 *	alias	CNAME elsewhere.test ttl 10 and its address
 *	stray	CNAME elsewhere.test, and an address of alias.test
 *	bare	good as bare.test, nothing as bare
 *	chain	CNAME alone	self	a name that points at itself in the packet
 *	mute	no answer	late	an answer to another question
 *	junk	random bytes	short	only half of a good answer
 *	fuzzN	a good answer with random changes, N is the seed
 */

struct packet {
	uint8_t bytes[4096];
	size_t size;
};

static inline void put16(struct packet *p, unsigned int value)
{
	p->bytes[p->size++] = (uint8_t)(value >> 8);
	p->bytes[p->size++] = (uint8_t)value;
}

/* @owner: where in the packet its name stands; 12 is the question's */
static inline void put_record(struct packet *p, size_t owner, unsigned int type, uint32_t ttl,
			      const void *data, size_t size)
{
	put16(p, 0xc000 | (unsigned int)owner);
	put16(p, type);
	put16(p, 1);
	put16(p, ttl >> 16);
	put16(p, ttl & 0xffff);
	put16(p, (unsigned int)size);
	memcpy(p->bytes + p->size, data, size);
	p->size += size;
}

static inline void put_address(struct packet *p, size_t owner, unsigned int type, uint32_t ttl,
			       unsigned int last)
{
	static const uint8_t six[15] = { 0x20, 1, 0xd, 0xb8 };
	uint8_t data[16] = { 192, 0, 2, (uint8_t)last };

	if (type == 28) {
		memcpy(data, six, sizeof(six));
		data[15] = (uint8_t)last;
	}
	put_record(p, owner, type, ttl, data, type == 28 ? 16 : 4);
}

static uint32_t server_seed;

static inline uint32_t server_random(void)
{
	server_seed ^= server_seed << 13;
	server_seed ^= server_seed >> 17;
	server_seed ^= server_seed << 5;
	return server_seed;
}

/* Answer @q of @size bytes; false for silence */
bool server_answer(const uint8_t *q, size_t size, bool tcp, struct packet *p);

/** server_start() - fork it; *ret_servers is what lookup_all() wants */
pid_t server_start(char ret_servers[64]);

#endif
