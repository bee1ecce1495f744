/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's list of sockets: looking at it, and ending what stands in it */
#ifndef BAILIWICK_LOAD_SOCKDIAG_H
#define BAILIWICK_LOAD_SOCKDIAG_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

/* The kernel knows a socket by both ends; who wants exactly one adds its cookie */
#define SOCKDIAG_ANY_COOKIE UINT64_MAX

struct sockdiag;

/**
 * struct sockdiag_socket - one socket of IPv4 or IPv6
 * @family:	AF_INET or AF_INET6; of the socket, so an IPv4 peer of an IPv6
 *		socket stands as ::ffff:a.b.c.d
 * @protocol:	IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE
 * @state:	TCP_LISTEN and its like, when listed
 * @interface:	index it is bound to, 0 for none
 * @local:	network byte order; IPv4 in the first four bytes
 * @cookie:	SOCKDIAG_ANY_COOKIE where it is not known
 * @inode:	of the descriptor, 0 when nobody holds one
 */
struct sockdiag_socket {
	uint8_t family;
	uint8_t protocol;
	uint8_t state;
	uint16_t local_port;
	uint16_t peer_port;
	uint32_t interface;
	uint8_t local[16];
	uint8_t peer[16];
	uint64_t cookie;
	uint32_t inode;
	uint32_t uid;
};

/**
 * sockdiag_open() - speak to one network namespace
 * @netns:	descriptor of it, -1 for the caller's own
 *
 * The calling thread is in that namespace for a moment.
 *
 * Return: 0 or a negative errno.
 */
int sockdiag_open(int netns, struct sockdiag **ret);

/** sockdiag_close() - NULL is fine; returns NULL */
struct sockdiag *sockdiag_close(struct sockdiag *diag);
DEFINE_CLEANUP(struct sockdiag *, sockdiag_close);

/**
 * sockdiag_destroy() - end a socket now: a connection is reset, a listener stops
 * listening, a connected UDP socket is connected no more; whoever waits is woken
 *
 * Return: 0; -ENOENT when there is no such socket (any more, or another one
 * shares its address); -EOPNOTSUPP when this kernel cannot end one of this
 * protocol; -ETIMEDOUT without an answer; another negative errno.
 */
int sockdiag_destroy(struct sockdiag *diag, const struct sockdiag_socket *socket);

#define SOCKDIAG_BATCH 64u	/* answers that fit what the kernel keeps for us */

/**
 * sockdiag_destroy_many() - sockdiag_destroy() of several with one message
 * @count:	at most SOCKDIAG_BATCH
 * @ret:	for each what sockdiag_destroy() would return; @diag NULL: -ENOENT
 */
void sockdiag_destroy_many(struct sockdiag *diag, const struct sockdiag_socket *const sockets[],
			   size_t count, int ret[]);

/* Return non-zero to stop; it is what sockdiag_list() returns then */
typedef int sockdiag_found_fn(void *context, const struct sockdiag_socket *socket);

/** sockdiag_list() - all sockets of a family and protocol; 0 or a negative errno */
int sockdiag_list(struct sockdiag *diag, int family, int protocol, sockdiag_found_fn *found,
		  void *context);

#endif
