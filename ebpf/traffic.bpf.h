/* SPDX-License-Identifier: GPL-2.0-only */
/* Judging a use of a socket: its kind, the address that is named, the peer it has. */
#ifndef BAILIWICK_TRAFFIC_BPF_H
#define BAILIWICK_TRAFFIC_BPF_H

#include "socket.bpf.h"

#define SOCK_BINDPORT_LOCK 8

/* A port the task bound itself; one the kernel chose for a client says nothing. */
static __always_inline int bound_by_hand(struct sock *sk)
{
	__u8 byte = BPF_CORE_READ_BITFIELD(sk, sk_userlocks);

	return byte & SOCK_BINDPORT_LOCK;
}

/* One operation towards an address a task names. */
static __always_inline int judge_address(struct question *q, const struct sock *sk,
					 __u64 address, __u32 size, __u32 any,
					 struct decide_endpoint *local)
{
	q->endpoint.transport = sock_transport(sk);
	if (read_address(&q->endpoint, address, size, q->family)) {
		q->reason = BAILIWICK_REASON_ADDRESS;
		return settle(q);
	}
	return judge_network(q, any, local);
}

enum {
	STANDING_NONE,			/* not this row's to use: refused and told */
	STANDING_ANY,			/* whatever peer */
	STANDING_PORTS,			/* where its rules say: addresses and ports */
};

/*
 * What is a socket of this family to current's row?  Asked at every use: it may
 * be another's, and TCP_ULP changes the family of one's own.
 */
BW_ONCE int judge_kind(struct question *q, __u32 family, __u32 protocol, __u32 door);

static __always_inline int judge_standing(struct question *q, const struct sock *sk)
{
	__u32 family = sock_family(sk);

	return judge_kind(q, family, sk->sk_protocol,
			  is_inet(family) ? door_of_socket(sk->sk_type, sk->sk_protocol) : 0);
}

/* The halves of judge_traffic(): each takes all the stack that walking a path leaves. */
BW_SHARED int judge_traffic_inet(struct question *q, struct sock *sk, __u32 operation, int served);
BW_ONCE int judge_traffic_unix(struct question *q, __u64 peer, __u32 operation);

/* The local port suffices for what was accepted, not for what this socket began. */
static __always_inline int is_served(struct sock *sk)
{
	struct bw_sock *known = bpf_sk_storage_get(&bw_socks, sk, 0, 0);

	return !known || !known->client;
}

/* The local socket at the other end, as a number; 0 none. */
static __always_inline __u64 unix_peer(struct sock *sk)
{
	struct unix_sock *local = bpf_skc_to_unix_sock(sk);

	return local ? number_of(local->peer) : 0;
}

/*
 * May current send (BAILIWICK_NETOP_SEND) or receive (…_RECEIVE) on this socket
 * with the peer it is connected to?  `served`: holding its local port by bind is
 * enough.  Asked again for every message, so a lost right ends a connection.
 */
static __always_inline int judge_traffic(struct question *q, struct sock *sk, __u32 operation,
					 int served)
{
	if (sock_family(sk) == AF_UNIX)
		return judge_traffic_unix(q, unix_peer(sk), operation);
	return judge_traffic_inet(q, sk, operation, served);
}

/*
 * Do the control messages at this kernel address lead elsewhere than the message says, or
 * name a source that current may not bind at this port?
 */
BW_ONCE int judge_control(struct question *q, __u64 control, __u64 size, __u32 transport,
			  __u32 port);

/* May current send to, or with `connects` connect to, the address it names?  TCP connects. */
BW_SHARED int judge_named(struct question *q, struct sock *sk, __u64 name, __u32 size,
			  int connects);

/*
 * May the row serve the peer in q->endpoint at its own end `local`, or talk to it in any
 * other way?  Nothing is counted or told; ALLOW or DENY.
 */
BW_ONCE int judge_arrival(struct question *q, struct decide_endpoint *local);

#endif
