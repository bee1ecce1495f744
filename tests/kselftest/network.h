/* SPDX-License-Identifier: Apache-2.0 */
/* A network of the test's own, addresses in words, and who listens there. */
#ifndef NETWORK_H
#define NETWORK_H

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "role.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#ifndef SOL_UDPLITE
#define SOL_UDPLITE 136
#endif

#define WORDS "bytes that should not have come"
#define SAYS(call) ((call) < 0 ? -errno : 0)

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/** own_network() - a namespace with nothing but loopback and nobody else's ports */
bool own_network(void);

/** fill() - an address in words, with ':' an IPv6 one; its size */
socklen_t fill(union address *to, const char *text, int port);

/** peer_of() - the same for act->path and act->number */
socklen_t peer_of(const struct act *act, union address *to);

/** listener() - bound to every address of both families, listening where that is done; or -1 */
int listener(int type, int port);
int listener_of(int type, int protocol, int port);

/** arrived() - did a datagram, or with @stream a connection, come within a tenth of a second? */
bool arrived(int fd, bool stream);

/** heard() - the same for the first bytes of a connection: -1 none came, else how many bytes */
int heard(int fd);

/** make() - a socket of the family of act->path */
int make(const struct act *act, int type, int protocol);

/** words_to() - a message of WORDS to @to */
struct msghdr words_to(union address *to, socklen_t size, struct iovec *bytes);

#endif
