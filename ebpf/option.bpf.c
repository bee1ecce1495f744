// SPDX-License-Identifier: GPL-2.0-only
/* Options and control messages that lead a packet elsewhere, or choose where it comes from. */
#include "traffic.bpf.h"

#define SOL_IP 0
#define SOL_IPV6 41
#define IP_OPTIONS 4
#define IP_RETOPTS 7
#define IP_PKTINFO 8
#define IP_LOCAL_PORT_RANGE 51
#define IPV6_2292PKTINFO 2
#define IPV6_2292RTHDR 5
#define IPV6_2292PKTOPTIONS 6
#define IPV6_FLOWLABEL_MGR 32
#define IPV6_PKTINFO 50
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

/*
 * A flow label carries a route of its own, and a range of one port is that port taken
 * without bind.  What an option says is not told here, so each is refused whole.
 */
static __always_inline int leads_elsewhere(int level, int optname)
{
	if (level == SOL_IP)
		return optname == IP_OPTIONS || optname == IP_LOCAL_PORT_RANGE;
	return level == SOL_IPV6 &&
	       (optname == IPV6_RTHDR || optname == IPV6_2292PKTOPTIONS ||
		optname == IPV6_FLOWLABEL_MGR);
}

/*
 * Options of these hold for a device, or for a group of others' sockets: who was handed one
 * that is not its kind could have everything heard, or take others' packets away.
 */
static __always_inline int reaches_beyond(const struct sock *sk)
{
	__u32 family = sock_family(sk);

	if (is_inet(family))
		return sock_transport(sk) >= BAILIWICK_TRANSPORT_COUNT;
	return family != AF_UNIX;
}

SEC("lsm/socket_setsockopt")
int BPF_PROG(bw_sock_option, struct socket *sock, int level, int optname)
{
	struct sock *sk = sock->sk;
	int leads = leads_elsewhere(level, optname);
	struct question q;

	if (!sk || (!leads && !reaches_beyond(sk)) || !question_open_confined(&q))
		return 0;
	if (leads && refuse_route(&q))
		return -EACCES;
	q.operation = BAILIWICK_OP_SOCKET;
	if (reaches_beyond(sk) && judge_standing(&q, sk) == STANDING_NONE)
		return -EACCES;
	return 0;
}

static __always_inline int routes(const struct cmsghdr *c)
{
	return (c->cmsg_level == SOL_IP && c->cmsg_type == IP_RETOPTS) ||
	       (c->cmsg_level == SOL_IPV6 && (c->cmsg_type == IPV6_RTHDR ||
					      c->cmsg_type == IPV6_2292RTHDR));
}

/* Read as IPv6 or IPv4: the source a message chooses; 0 where it leaves that to the kernel. */
static __always_inline int names_source(const struct cmsghdr *c, __u64 data,
					struct decide_endpoint *e)
{
	__be32 *word = (__be32 *)e->address;

	__builtin_memset(e->address, 0, sizeof(e->address));
	e->ipv6 = c->cmsg_level == SOL_IPV6;
	if (c->cmsg_level == SOL_IP && c->cmsg_type == IP_PKTINFO)
		bpf_probe_read_kernel(e->address, 4, (const void *)(data + 4));
	else if (e->ipv6 && (c->cmsg_type == IPV6_PKTINFO || c->cmsg_type == IPV6_2292PKTINFO))
		bpf_probe_read_kernel(e->address, 16, (const void *)data);
	return (word[0] | word[1] | word[2] | word[3]) != 0;
}

/* As bind(2) to that address at the port the socket has. */
static __always_inline int judge_source(struct question *q, __u32 transport, __u32 port)
{
	if (q->who.row == BAILIWICK_ROW_UNCONFINED || transport >= BAILIWICK_TRANSPORT_COUNT)
		return ALLOW;
	q->operation = BAILIWICK_OP_NET_BIND;
	q->endpoint.transport = transport;
	q->endpoint.port = port;
	return judge_network(q, BAILIWICK_NETOP_BIND | BAILIWICK_NETOP_LISTEN, NULL);
}

BW_ONCE int judge_control(struct question *q, __u64 control, __u64 size, __u32 transport,
			  __u32 port)
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
		if (names_source(&c, control + at + sizeof(c), &q->endpoint) &&
		    judge_source(q, transport, port))
			return DENY;
		at += (c.cmsg_len + 7) & ~7ull;
	}
	return refuse_route(q);		/* more than anybody needs: it may be among the rest */
}
