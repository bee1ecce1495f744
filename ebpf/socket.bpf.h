/* SPDX-License-Identifier: GPL-2.0-only */
/* Sockets as numbers: family, protocol, both ends. */
#ifndef BAILIWICK_SOCKET_BPF_H
#define BAILIWICK_SOCKET_BPF_H

#include "question.bpf.h"
#include "sockmaps.bpf.h"

#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10

#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3

#define PROTOCOL_ICMP 1
#define PROTOCOL_ICMPV6 58

/* The transport whose ports the policy speaks of; COUNT for raw, ICMP and the rest. */
static __always_inline __u32 transport_of(__u32 type, __u32 protocol)
{
	/* One peer per socket: of a SEQPACKET's many nothing tells a message's. */
	if (protocol == 132 && type == SOCK_STREAM)
		return BAILIWICK_TRANSPORT_SCTP;
	if (type == SOCK_STREAM && (!protocol || protocol == 6 || protocol == 262))
		return BAILIWICK_TRANSPORT_TCP;		/* 262: MPTCP */
	if (type == SOCK_DGRAM && (!protocol || protocol == 17 || protocol == 136))
		return BAILIWICK_TRANSPORT_UDP;		/* 136: UDP-Lite */
	return BAILIWICK_TRANSPORT_COUNT;
}

#define FAMILY_NEVER 64		/* no row holds it */

/* What an inet socket takes besides its family, where it has no ports; 0 nothing. */
static __always_inline __u32 door_of_socket(__u32 type, __u32 protocol)
{
	if (transport_of(type, protocol) < BAILIWICK_TRANSPORT_COUNT)
		return 0;
	if (type == SOCK_RAW)
		return BAILIWICK_FAMILY_RAW;
	if (type == SOCK_DGRAM && (protocol == PROTOCOL_ICMP || protocol == PROTOCOL_ICMPV6))
		return BAILIWICK_FAMILY_PING;
	return FAMILY_NEVER;
}

static __always_inline __u32 read_u16(const void *at)
{
	__u16 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), at);
	return value;
}

/* The fields of a socket the verifier knows as one are loads. */
static __always_inline __u32 sock_family(const struct sock *sk)
{
	return sk->__sk_common.skc_family;
}

static __always_inline __u32 sock_transport(const struct sock *sk)
{
	return transport_of(sk->sk_type, sk->sk_protocol);
}

static __always_inline int is_inet(__u32 family)
{
	return family == AF_INET || family == AF_INET6;
}

/* Made by the kernel for itself; its traffic is nobody's. */
static __always_inline int is_kernel_socket(struct sock *sk)
{
	return BPF_CORE_READ_BITFIELD(sk, sk_kern_sock);
}

#define SOCKADDR_IN 16		/* bytes the kernel wants at least */
#define SOCKADDR_IN6 24

/* An address in kernel memory, as IPv4 or IPv6; 1 when it is neither. */
static __always_inline int read_address(struct decide_endpoint *e, __u64 address, __u32 size,
					__u32 family)
{
	struct {
		__u16 family;
		__be16 port;
		__be32 ipv4;		/* of IPv6 the flow */
	} named = {};

	bpf_probe_read_kernel(&named, sizeof(named), (const void *)address);
	e->port = bpf_ntohs(named.port);
	if (named.family == AF_INET || (named.family == AF_UNSPEC && family == AF_INET)) {
		e->ipv6 = 0;
		*(__be32 *)e->address = named.ipv4;
		return size < SOCKADDR_IN;
	}
	if (named.family == AF_INET6) {
		e->ipv6 = 1;
		return size < SOCKADDR_IN6 ||
		       bpf_probe_read_kernel(e->address, 16, (const void *)(address + 8));
	}
	return 1;
}

static __always_inline void write_ipv6(__u8 *bytes, const struct in6_addr *address)
{
	__be32 *to = (__be32 *)bytes;

	to[0] = address->in6_u.u6_addr32[0];
	to[1] = address->in6_u.u6_addr32[1];
	to[2] = address->in6_u.u6_addr32[2];
	to[3] = address->in6_u.u6_addr32[3];
}

/* Its own end. */
static __always_inline void socket_local(const struct sock *sk, struct decide_endpoint *e)
{
	e->ipv6 = sock_family(sk) == AF_INET6;
	e->transport = sock_transport(sk);
	e->port = sk->__sk_common.skc_num;
	if (e->ipv6)
		write_ipv6(e->address, &sk->__sk_common.skc_v6_rcv_saddr);
	else
		*(__be32 *)e->address = sk->__sk_common.skc_rcv_saddr;
}

/* The end it is connected to. */
static __always_inline void socket_peer(const struct sock *sk, struct decide_endpoint *e)
{
	e->ipv6 = sock_family(sk) == AF_INET6;
	e->transport = sock_transport(sk);
	e->port = bpf_ntohs(sk->__sk_common.skc_dport);
	if (e->ipv6)
		write_ipv6(e->address, &sk->__sk_common.skc_v6_daddr);
	else
		*(__be32 *)e->address = sk->__sk_common.skc_daddr;
}

/* From now on the socket's local port is a client's. */
static __always_inline void mark_client(struct sock *sk)
{
	struct bw_sock *known = bpf_sk_storage_get(&bw_socks, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);

	if (known)
		known->client = 1;
}

#endif
