// SPDX-License-Identifier: GPL-2.0-only
/* Messages: every one is asked for, so a right that is lost ends a connection. */
#include "traffic.bpf.h"

#define MSG_FASTOPEN 0x20000000u
#define SOL_TCP 6
#define TCP_ZEROCOPY_RECEIVE 35

/* The local port suffices for what was accepted, not for what this socket began. */
static __always_inline int is_served(struct sock *sk)
{
	struct bw_sock *known = bpf_sk_storage_get(&bw_socks, sk, 0, 0);

	return !known || !known->client;
}

/* TCP and MPTCP take an address only to connect with the first bytes (Fast Open). */
static __always_inline int names_peer(struct msghdr *msg, __u32 transport)
{
	if (!msg->msg_name || msg->msg_namelen < 2)
		return 0;
	return transport != BAILIWICK_TRANSPORT_TCP || msg->msg_flags & MSG_FASTOPEN;
}

/* An IPv6 socket takes AF_UNSPEC for "the peer I am connected to". */
static __always_inline int is_unnamed(struct sock *sk, __u64 name)
{
	return sock_family(sk) == AF_INET6 && !read_u16((const void *)name);
}

SEC("lsm/socket_sendmsg")
int BPF_PROG(bw_sock_send, struct socket *sock, struct msghdr *msg)
{
	struct sock *sk = sock->sk;
	struct question q;

	if (!sk || is_kernel_socket(sk) || !question_open(&q))
		return 0;
	if (msg->msg_controllen && is_inet(sock_family(sk)) &&
	    judge_control(&q, number_of(msg->msg_control), msg->msg_controllen,
			  sock_transport(sk), bound_by_hand(sk) ? sk->__sk_common.skc_num : 0))
		return -EACCES;
	if (is_inet(sock_family(sk)) && q.who.row != BAILIWICK_ROW_UNCONFINED &&
	    names_peer(msg, sock_transport(sk)) && !is_unnamed(sk, (__u64)msg->msg_name)) {
		if (sock_transport(sk) == BAILIWICK_TRANSPORT_TCP)
			mark_client(sk);
		if (judge_named(&q, sk, number_of(msg->msg_name), msg->msg_namelen, 0))
			return -EACCES;
		return 0;
	}
	if (judge_traffic(&q, sk, BAILIWICK_NETOP_SEND, is_served(sk)))
		return -EACCES;
	return 0;
}

SEC("lsm/socket_recvmsg")
int BPF_PROG(bw_sock_recv, struct socket *sock)
{
	struct sock *sk = sock->sk;
	struct question q;

	if (!sk || is_kernel_socket(sk) || !question_open(&q))
		return 0;
	if (judge_traffic(&q, sk, BAILIWICK_NETOP_RECEIVE, is_served(sk)))
		return -EACCES;
	return 0;
}

/* TCP hands out what came by this option, too, and asks no other hook. */
SEC("lsm/socket_getsockopt")
int BPF_PROG(bw_sock_fetch, struct socket *sock, int level, int optname)
{
	struct sock *sk = sock->sk;
	struct question q;

	if (level != SOL_TCP || optname != TCP_ZEROCOPY_RECEIVE)
		return 0;
	if (!sk || !question_open(&q))
		return 0;
	if (judge_traffic(&q, sk, BAILIWICK_NETOP_RECEIVE, is_served(sk)))
		return -EACCES;
	return 0;
}
