// SPDX-License-Identifier: GPL-2.0-only
/* Judging what has no path: peers and privileges. */
#include "peer.bpf.h"
#include "settle.bpf.h"

/* Not inlined: what it needs would stand on the stack while paths are walked. */
static __attribute__((noinline)) __u32 network_allowed(const struct question *q,
						       const struct decide_endpoint *e)
{
	image_t image = image_open(q->who.word);
	struct decide_endpoint plain = *e;
	__u32 allowed = peer_recall(&q->who, e, q->family);

	if (allowed || !image)
		return allowed;
	endpoint_unmap(&plain);
	allowed = BAILIWICK_NETOPS_ALL & ~decide_network(image, q->who.row,
							 BAILIWICK_NETOPS_ALL, &plain);
	peer_keep(&q->who, e, q->family, allowed);
	return allowed;
}

/* The peer at the port `local` serves, where current may serve it. */
static __always_inline int network_served(struct question *q, const struct decide_endpoint *local)
{
	__u32 allowed;
	__u16 port;

	if (!(network_allowed(q, local) & BAILIWICK_NETOP_BIND))
		return 0;
	port = q->endpoint.port;
	q->endpoint.port = local->port;
	allowed = network_allowed(q, &q->endpoint);
	q->endpoint.port = port;
	return allowed & BAILIWICK_NETOP_ACCEPT;
}

BW_ONCE int judge_network(struct question *q, __u32 any, struct decide_endpoint *local)
{
	if (!q)
		return DENY;
	if (network_allowed(q, &q->endpoint) & any)
		return ALLOW;
	if (local && network_served(q, local))
		return ALLOW;
	endpoint_unmap(&q->endpoint);
	q->object = BAILIWICK_OBJECT_ADDRESS;
	q->rights = any;
	q->denied = any;
	q->reason = BAILIWICK_REASON_POLICY;
	return settle_here(q, SCRATCH_NONE);
}

BW_ONCE int judge_arrival(struct question *q, struct decide_endpoint *local)
{
	const __u32 any = BAILIWICK_NETOP_CONNECT | BAILIWICK_NETOP_SEND | BAILIWICK_NETOP_RECEIVE;

	if (!q || !local)
		return DENY;
	/* The peer's own port is another each time: asked about last, it is seldom decided. */
	if (network_served(q, local) || network_allowed(q, &q->endpoint) & any)
		return ALLOW;
	endpoint_unmap(&q->endpoint);
	return DENY;
}

BW_ONCE int judge_privilege(struct question *q, __u32 bit)
{
	image_t image;

	if (!q)
		return DENY;
	image = image_open(q->who.word);
	if (!image)
		return DENY;
	if (q->who.row == BAILIWICK_ROW_UNCONFINED || decide_privilege(image, q->who.row, bit))
		return ALLOW;
	q->operation = BAILIWICK_OP_PRIVILEGE;
	q->number = bit;
	q->reason = BAILIWICK_REASON_POLICY;
	return settle_here(q, SCRATCH_NONE);
}
