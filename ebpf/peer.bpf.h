/* SPDX-License-Identifier: GPL-2.0-only */
/* What a row may do with an address, remembered by the processor that was asked. */
#ifndef BAILIWICK_PEER_BPF_H
#define BAILIWICK_PEER_BPF_H

#include "traffic.bpf.h"

/* An address as the words it is compared by. */
static __always_inline __u64 peer_word(const struct decide_endpoint *e, __u32 i)
{
	const __u32 *half = (const __u32 *)e->address + i * 2;

	return (__u64)half[1] << 32 | half[0];
}

/*
 * All else a decision is about.  The socket's family is in it: what is remembered under
 * one that is not 0 was asked after judge_standing() had let that family pass.
 */
static __always_inline __u64 peer_where(const struct decide_endpoint *e, __u32 family)
{
	return (__u64)family << 32 | e->ipv6 << 20 | e->transport << 16 | e->port;
}

/* Where it stands, if it does. */
static __always_inline struct bw_peer *peer_entry(const struct decide_endpoint *e, __u64 where)
{
	__u64 mixed = (peer_word(e, 0) ^ peer_word(e, 1) ^ where) * 0x9e3779b97f4a7c15ull;
	__u32 slot = mixed >> 56;

	return bpf_map_lookup_elem(&bw_peers, &slot);
}

/* BAILIWICK_NETOP_* that are known to be allowed; what is not is decided. */
static __always_inline __u32 peer_recall(const struct subject *who,
					 const struct decide_endpoint *e, __u32 family)
{
	__u64 where = peer_where(e, family), turn;
	struct bw_peer *p = peer_entry(e, where);
	__u32 allowed;

	if (!p)
		return 0;
	turn = *(volatile __u64 *)&p->turn;
	if (turn & 1 || p->word != who->word || p->row != who->row || p->where != where ||
	    p->address[0] != peer_word(e, 0) || p->address[1] != peer_word(e, 1))
		return 0;
	allowed = p->allowed;
	barrier();
	return *(volatile __u64 *)&p->turn == turn ? allowed : 0;
}

static __always_inline void peer_keep(const struct subject *who, const struct decide_endpoint *e,
				      __u32 family, __u32 allowed)
{
	__u64 where = peer_where(e, family), turn;
	struct bw_peer *p = peer_entry(e, where);

	if (!p)
		return;
	turn = *(volatile __u64 *)&p->turn;
	if (turn & 1 || __sync_val_compare_and_swap(&p->turn, turn, turn + 1) != turn)
		return;
	p->word = who->word;
	p->row = who->row;
	p->where = where;
	p->address[0] = peer_word(e, 0);
	p->address[1] = peer_word(e, 1);
	p->allowed = allowed;
	barrier();
	__sync_lock_test_and_set(&p->turn, turn + 2);
}

/*
 * The short way to a yes: the questions of judge_traffic(), answered by what is
 * remembered.  1: allowed; 0: it is to be judged.
 */

/* `e` is the peer; 1 where it is known to be served at the socket's own port. */
static __always_inline int serves_known(const struct subject *who, struct sock *sk,
					struct decide_endpoint *e)
{
	struct decide_endpoint local __attribute__((aligned(8))) = {};
	__u32 family = sock_family(sk);

	if (e->transport == BAILIWICK_TRANSPORT_UDP ? !bound_by_hand(sk) : !is_served(sk))
		return 0;
	socket_local(sk, &local);
	if (!(peer_recall(who, &local, family) & BAILIWICK_NETOP_BIND))
		return 0;
	e->port = local.port;
	return peer_recall(who, e, family) & BAILIWICK_NETOP_ACCEPT;
}

/*
 * The peer a socket is connected to; of UDP that is not, the port that was bound.  Not
 * inlined: the stack is full below what asks next.
 */
BW_SHARED int passes_connected(const struct subject *who, struct sock *sk, __u32 operation);

/* A use of a socket as the file it is: sent to it or taken from it. */
static __always_inline int judge_socket_file(struct question *q, struct file *file, int sends)
{
	__u32 operation = sends ? BAILIWICK_NETOP_SEND : BAILIWICK_NETOP_RECEIVE;
	struct socket *socket = bpf_sock_from_file(file);
	struct sock *sk = socket ? socket->sk : NULL;

	if (!sk || (is_inet(sock_family(sk)) && passes_connected(&q->who, sk, operation)))
		return ALLOW;
	return judge_traffic(q, sk, operation, 1);
}

#endif
