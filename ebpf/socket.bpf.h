/* SPDX-License-Identifier: GPL-2.0-only */
/* Sockets as numbers: family, protocol, both ends. */
#ifndef BAILIWICK_SOCKET_BPF_H
#define BAILIWICK_SOCKET_BPF_H

#include "question.bpf.h"

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

static __always_inline __u32 sock_family(__u64 sk)
{
	return read_u16(FIELD_AT(sk, struct sock, __sk_common.skc_family));
}

static __always_inline __u32 sock_transport(__u64 sk)
{
	return transport_of(read_u16(FIELD_AT(sk, struct sock, sk_type)),
			    read_u16(FIELD_AT(sk, struct sock, sk_protocol)));
}

static __always_inline int is_inet(__u32 family)
{
	return family == AF_INET || family == AF_INET6;
}

/* Made by the kernel for itself; its traffic is nobody's. */
static __always_inline int is_kernel_socket(struct sock *sk)
{
	return BPF_CORE_READ_BITFIELD_PROBED(sk, sk_kern_sock);
}

#define SOCKADDR_IN 16		/* bytes the kernel wants at least */
#define SOCKADDR_IN6 24

/* An address in kernel memory, as IPv4 or IPv6; 1 when it is neither. */
static __always_inline int read_address(struct decide_endpoint *e, __u64 address, __u32 size,
					__u32 family)
{
	__u32 named = read_u16((const void *)address);

	e->port = bpf_ntohs(read_u16((const void *)(address + 2)));
	if (named == AF_INET || (named == AF_UNSPEC && family == AF_INET)) {
		e->ipv6 = 0;
		return size < SOCKADDR_IN ||
		       bpf_probe_read_kernel(e->address, 4, (const void *)(address + 4));
	}
	if (named == AF_INET6) {
		e->ipv6 = 1;
		return size < SOCKADDR_IN6 ||
		       bpf_probe_read_kernel(e->address, 16, (const void *)(address + 8));
	}
	return 1;
}

/* Its own end. */
static __always_inline void socket_local(__u64 sk, struct decide_endpoint *e)
{
	e->ipv6 = sock_family(sk) == AF_INET6;
	e->transport = sock_transport(sk);
	e->port = read_u16(FIELD_AT(sk, struct sock, __sk_common.skc_num));
	if (e->ipv6)
		bpf_probe_read_kernel(e->address, 16, FIELD_AT(sk, struct sock,
				      __sk_common.skc_v6_rcv_saddr));
	else
		bpf_probe_read_kernel(e->address, 4, FIELD_AT(sk, struct sock,
				      __sk_common.skc_rcv_saddr));
}

/* From now on the socket's local port is a client's. */
static __always_inline void mark_client(struct sock *sk)
{
	struct bw_sock *known = bpf_sk_storage_get(&bw_socks, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);

	if (known)
		known->client = 1;
}

#endif
