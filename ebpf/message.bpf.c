// SPDX-License-Identifier: GPL-2.0-only
/* Messages: every one is asked for, so a right that is lost ends a connection. */
#include "peer.bpf.h"

#define MSG_FASTOPEN 0x20000000u
#define SOL_TCP 6
#define TCP_ZEROCOPY_RECEIVE 35

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

/* The peer a datagram names, as judge_named().  Not inlined, for the same reason. */
static __attribute__((noinline)) int passes_named(const struct subject *who, struct sock *sk,
						  struct msghdr *msg)
{
	struct decide_endpoint e __attribute__((aligned(8))) = {};
	__u32 family = sock_family(sk);

	e.transport = sock_transport(sk);
	if (e.transport != BAILIWICK_TRANSPORT_UDP ||
	    read_address(&e, number_of(msg->msg_name), msg->msg_namelen, family))
		return 0;
	return peer_recall(who, &e, family) & (BAILIWICK_NETOP_CONNECT | BAILIWICK_NETOP_SEND) ||
	       serves_known(who, sk, &e);
}

/* The local socket at the other end; NULL for none. */
static __always_inline struct unix_sock *other_end(struct sock *sk)
{
	struct unix_sock *local = bpf_skc_to_unix_sock(sk);
	struct sock *peer = local ? local->peer : NULL;

	return peer ? bpf_skc_to_unix_sock(peer) : NULL;
}

/*
 * A local socket: one whose other end has no name (a pair, or a client that never
 * bound), or a path that is remembered and is the only name of its node.  Nobody holds
 * that path here: the other end may be closed meanwhile, and RCU alone keeps what is read.
 * So nothing is made for its inode; connecting did, under the other end's lock.  Only of a
 * datagram socket the other end may become another meanwhile: that one is not looked at.
 */
static __always_inline int passes_local(struct question *q, struct sock *sk)
{
	struct unix_sock *other = sk->sk_type == SOCK_DGRAM ? NULL : other_end(sk);
	struct dentry *dentry;
	image_t image;

	if (!other)
		return 0;
	if (q->who.row != BAILIWICK_ROW_UNCONFINED) {
		image = image_open(q->who.word);
		if (!image || !decide_family(image, q->who.row, AF_UNIX))
			return 0;
	}
	dentry = other->path.dentry;
	if (!dentry)
		return !other->addr;
	if (!dentry->d_inode || links_others(dentry->d_inode))
		return 0;
	question_clear(q);
	q->rights = BAILIWICK_RIGHT_UNIX_CONNECT;
	q->quiet = 1;			/* a no is told by judge_traffic() */
	return known_judge(q, dentry) == KNOWN_ALLOW;
}

SEC("lsm/socket_sendmsg")
int BPF_PROG(bw_sock_send, struct socket *sock, struct msghdr *msg)
{
	struct sock *sk = sock->sk;
	struct question q;

	if (!sk || is_kernel_socket(sk) || !question_who(&q))
		return 0;
	if (sock_family(sk) == AF_UNIX) {
		if (passes_local(&q, sk))
			return 0;
	} else if (is_inet(sock_family(sk)) && !msg->msg_controllen) {
		if (msg->msg_name ? passes_named(&q.who, sk, msg) :
				    passes_connected(&q.who, sk, BAILIWICK_NETOP_SEND))
			return 0;
	}
	question_clear(&q);
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

	if (!sk || is_kernel_socket(sk) || !question_who(&q))
		return 0;
	if (sock_family(sk) == AF_UNIX) {
		if (passes_local(&q, sk))
			return 0;
	} else if (is_inet(sock_family(sk))) {
		if (passes_connected(&q.who, sk, BAILIWICK_NETOP_RECEIVE))
			return 0;
	}
	question_clear(&q);
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
