// SPDX-License-Identifier: GPL-2.0-only
/* What passes through a socket that is connected or bound already. */
#include "peer.bpf.h"
#include "settle.bpf.h"
#include "unix.bpf.h"

BW_ONCE int judge_kind(struct question *q, __u32 family, __u32 protocol, __u32 door)
{
	image_t image;

	if (!q)
		return STANDING_NONE;
	image = image_open(q->who.word);
	if (!image)
		return STANDING_NONE;
	q->family = family;
	q->number = family;
	q->protocol = protocol;
	if (decide_family(image, q->who.row, family)) {
		if (!door)
			return is_inet(family) ? STANDING_PORTS : STANDING_ANY;
		if (decide_family(image, q->who.row, door))
			return STANDING_ANY;
	}
	q->reason = BAILIWICK_REASON_FAMILY;
	/* Not settle(): there are no frames left for it. */
	return settle_here(q, SCRATCH_NONE) ? STANDING_NONE : STANDING_ANY;
}

BW_SHARED int judge_named(struct question *q, struct sock *sk, __u64 name, __u32 size,
			  int connects)
{
	struct decide_endpoint local = {};
	__u32 any = BAILIWICK_NETOP_CONNECT;
	int served = 0;

	q->operation = BAILIWICK_OP_NET_CONNECT;
	switch (judge_standing(q, sk)) {
	case STANDING_NONE:
		return DENY;
	case STANDING_ANY:
		return ALLOW;
	}
	socket_local(sk, &local);
	if (local.transport == BAILIWICK_TRANSPORT_UDP) {
		served = bound_by_hand(sk);
		any |= BAILIWICK_NETOP_SEND;
		if (connects)
			any |= BAILIWICK_NETOP_RECEIVE;
		else
			q->operation = BAILIWICK_OP_NET_SEND;
	}
	return judge_address(q, sk, name, size, any, served ? &local : NULL);
}

static __always_inline __u32 traffic_operation(__u32 operation)
{
	return operation == BAILIWICK_NETOP_SEND ? BAILIWICK_OP_NET_SEND :
						   BAILIWICK_OP_NET_RECEIVE;
}

BW_SHARED int judge_traffic_inet(struct question *q, struct sock *sk, __u32 operation, int served)
{
	struct decide_endpoint local = {};

	if (q->who.row == BAILIWICK_ROW_UNCONFINED)
		return ALLOW;
	q->operation = traffic_operation(operation);
	switch (judge_standing(q, sk)) {
	case STANDING_NONE:
		return DENY;
	case STANDING_ANY:
		return ALLOW;
	}
	socket_local(sk, &local);
	socket_peer(sk, &q->endpoint);
	if (local.transport == BAILIWICK_TRANSPORT_UDP)
		served = bound_by_hand(sk);
	if (!q->endpoint.port) {	/* connected to nobody */
		if (!served || local.transport != BAILIWICK_TRANSPORT_UDP ||
		    operation == BAILIWICK_NETOP_SEND)
			return ALLOW;
		q->endpoint = local;	/* whoever sends to a port that was bound */
		return judge_network(q, BAILIWICK_NETOP_SERVE, NULL);
	}
	return judge_network(q, BAILIWICK_NETOP_CONNECT | operation, served ? &local : NULL);
}

BW_ONCE int judge_traffic_unix(struct question *q, __u64 peer, __u32 operation)
{
	if (!q)
		return DENY;
	if (q->who.row != BAILIWICK_ROW_UNCONFINED) {
		q->operation = traffic_operation(operation);
		if (judge_kind(q, AF_UNIX, 0, 0) == STANDING_NONE)
			return DENY;
	}
	return judge_unix_peer(q, peer);
}

BW_SHARED int passes_connected(const struct subject *who, struct sock *sk, __u32 operation)
{
	struct decide_endpoint e __attribute__((aligned(8))) = {};
	__u32 family = sock_family(sk);

	socket_peer(sk, &e);
	if (!e.port) {
		if (operation != BAILIWICK_NETOP_RECEIVE || !bound_by_hand(sk) ||
		    e.transport != BAILIWICK_TRANSPORT_UDP)
			return 0;
		socket_local(sk, &e);
		return peer_recall(who, &e, family) & BAILIWICK_NETOP_SERVE;
	}
	return peer_recall(who, &e, family) & (BAILIWICK_NETOP_CONNECT | operation) ||
	       serves_known(who, sk, &e);
}
