// SPDX-License-Identifier: GPL-2.0-only
/* Options that lead a packet elsewhere than its address says. */
#include "traffic.bpf.h"

#define SOL_IP 0
#define SOL_IPV6 41
#define IP_OPTIONS 4
#define IP_RETOPTS 7
#define IPV6_2292RTHDR 5
#define IPV6_2292PKTOPTIONS 6
#define IPV6_RTHDR 57

#define MESSAGES_MAX 8

/* By a source route the first hop gets the packet, and no rule was asked about that. */
static __always_inline int refuse_route(struct question *q)
{
	image_t image;

	if (q->who.row == BAILIWICK_ROW_UNCONFINED)
		return ALLOW;
	image = image_open(q->who.word);
	if (image && decide_family(image, q->who.row, BAILIWICK_FAMILY_RAW))
		return ALLOW;
	q->operation = BAILIWICK_OP_NET_CONNECT;
	q->reason = BAILIWICK_REASON_ADDRESS;
	return settle(q);
}

SEC("lsm/socket_setsockopt")
int BPF_PROG(bw_sock_option, struct socket *sock, int level, int optname)
{
	struct question q;

	if (!(level == SOL_IP && optname == IP_OPTIONS) &&
	    !(level == SOL_IPV6 && (optname == IPV6_RTHDR || optname == IPV6_2292PKTOPTIONS)))
		return 0;
	if (question_open_confined(&q) && refuse_route(&q))
		return -EACCES;
	return 0;
}

static __always_inline int routes(const struct cmsghdr *c)
{
	return (c->cmsg_level == SOL_IP && c->cmsg_type == IP_RETOPTS) ||
	       (c->cmsg_level == SOL_IPV6 && (c->cmsg_type == IPV6_RTHDR ||
					      c->cmsg_type == IPV6_2292RTHDR));
}

BW_ONCE int judge_control(struct question *q, __u64 control, __u64 size)
{
	__u64 at = 0, i;

	if (!q)
		return DENY;
	for (i = 0; i < MESSAGES_MAX; i++) {
		struct cmsghdr c = {};

		/* What is not whole here is refused by the kernel, too. */
		if (at + sizeof(c) > size ||
		    bpf_probe_read_kernel(&c, sizeof(c), (const void *)(control + at)) ||
		    c.cmsg_len < sizeof(c) || c.cmsg_len > size - at)
			return ALLOW;
		if (routes(&c))
			return refuse_route(q);
		at += (c.cmsg_len + 7) & ~7ull;
	}
	return refuse_route(q);		/* more than anybody needs: it may be among the rest */
}
