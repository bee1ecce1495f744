/* SPDX-License-Identifier: GPL-2.0-only */
/* Local sockets: the one a task talks to has a path, an abstract name, or no name. */
#ifndef BAILIWICK_UNIX_BPF_H
#define BAILIWICK_UNIX_BPF_H

#include "traffic.bpf.h"

#define UNIX_NAME_FAMILY 2	/* bytes of sun_family in front of the name */

/* q->rights on the abstract name q->name; ALLOW or DENY. */
BW_ONCE int judge_name(struct question *q);

static __always_inline int judge_abstract(struct question *q, __u64 name, __u32 size,
					  __u32 rights)
{
	q->name = name;
	q->name_size = size;
	q->rights = rights;
	return judge_name(q);
}

/* The socket at the other end; inlined, since what it calls nests as deep as may be. */
static __always_inline int judge_unix_peer(struct question *q, __u64 peer)
{
	__u64 address, dentry;

	if (!peer)
		return ALLOW;
	q->operation = BAILIWICK_OP_UNIX_CONNECT;
	dentry = READ_PTR(peer, struct unix_sock, path.dentry);
	if (dentry) {
		q->dentry = dentry;
		q->rights = BAILIWICK_RIGHT_UNIX_CONNECT;
		return judge_object(q);
	}
	address = READ_PTR(peer, struct unix_sock, addr);
	if (!address)
		return ALLOW;		/* a socketpair, or a client that never bound */
	return judge_abstract(q, (__u64)FIELD_AT(address, struct unix_address, name) +
			      UNIX_NAME_FAMILY,
			      READ_U32(address, struct unix_address, len) - UNIX_NAME_FAMILY,
			      BAILIWICK_RIGHT_UNIX_CONNECT);
}

#endif
