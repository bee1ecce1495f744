// SPDX-License-Identifier: GPL-2.0-only
/* Judging what has no path: peers and privileges. */
#include "settle.bpf.h"

/* Not inlined: what it needs would stand on the stack while paths are walked. */
static __attribute__((noinline)) __u32 network_denied(const struct question *q, image_t image,
						      __u32 operations,
						      struct decide_endpoint *e)
{
	endpoint_unmap(e);
	return decide_network(image, q->who.row, operations, e);
}

BW_ONCE int judge_network(struct question *q, __u32 any, struct decide_endpoint *local)
{
	image_t image;
	__u32 denied;
	__u16 port;

	if (!q)
		return DENY;
	image = image_open(q->who.word);
	if (!image)
		return DENY;
	if (network_denied(q, image, any, &q->endpoint) != any)
		return ALLOW;
	if (local && !network_denied(q, image, BAILIWICK_NETOP_BIND, local)) {
		port = q->endpoint.port;
		q->endpoint.port = local->port;
		denied = network_denied(q, image, BAILIWICK_NETOP_ACCEPT, &q->endpoint);
		q->endpoint.port = port;
		if (!denied)
			return ALLOW;
	}
	q->object = BAILIWICK_OBJECT_ADDRESS;
	q->rights = any;
	q->denied = any;
	q->reason = BAILIWICK_REASON_POLICY;
	return settle_here(q, SCRATCH_NONE);
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
