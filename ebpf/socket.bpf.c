// SPDX-License-Identifier: GPL-2.0-only
/* Sockets: made, bound, connected, listened on, and the messages through them. */
#include "server.bpf.h"
#include "unix.bpf.h"

SEC("lsm/socket_create")
int BPF_PROG(bw_sock_create, int family, int type, int protocol, int kern)
{
	__u32 door = is_inet(family) ? door_of_socket(type, protocol) : 0;
	struct question q;
	image_t image;

	if (kern || !question_who(&q) || q.who.row == BAILIWICK_ROW_UNCONFINED)
		return 0;
	image = image_open(q.who.word);
	if (image && decide_family(image, q.who.row, family) &&
	    (!door || decide_family(image, q.who.row, door)))
		return 0;
	question_clear(&q);
	q.operation = BAILIWICK_OP_SOCKET;
	q.number = family;
	q.family = family;
	q.protocol = protocol;
	q.reason = BAILIWICK_REASON_FAMILY;
	if (settle(&q))
		return -EACCES;
	return 0;
}

SEC("lsm/socket_bind")
int BPF_PROG(bw_sock_bind, struct socket *sock, struct sockaddr *address, int addrlen)
{
	struct sock *sk = sock->sk;
	struct question q;

	if (!sk || !question_open_confined(&q))
		return 0;
	q.operation = BAILIWICK_OP_NET_BIND;
	switch (judge_standing(&q, sk)) {
	case STANDING_NONE:
		return -EACCES;
	case STANDING_ANY:
		/* A path is judged when its node is made. */
		if (q.family == AF_UNIX && (addrlen <= 2 ||
		    !address->sa_data[0]) &&
		    judge_abstract(&q, number_of(address) + 2, addrlen - 2,
				   BAILIWICK_RIGHT_CREATE))
			return -EACCES;
		return 0;
	}
	if (judge_address(&q, sk, number_of(address), addrlen, BAILIWICK_NETOP_BIND, NULL))
		return -EACCES;
	return 0;
}

SEC("lsm/socket_connect")
int BPF_PROG(bw_sock_connect, struct socket *sock, struct sockaddr *address, int addrlen)
{
	struct sock *sk = sock->sk;
	struct question q;

	if (!sk || !question_open_confined(&q))
		return 0;
	if (is_inet(sock_family(sk)))
		mark_client(sk);
	if (address->sa_family == AF_UNSPEC)
		return 0;		/* disconnect */
	if (judge_named(&q, sk, number_of(address), addrlen, 1))
		return -EACCES;
	return 0;
}

/* Both on the socket's own end, which the kernel chooses where nobody bound it. */
static __always_inline int judge_server(struct question *q, struct sock *sk, __u32 operation)
{
	q->operation = operation;
	switch (judge_standing(q, sk)) {
	case STANDING_NONE:
		return DENY;
	case STANDING_ANY:
		return ALLOW;
	}
	socket_local(sk, &q->endpoint);
	if (judge_network(q, BAILIWICK_NETOP_LISTEN | BAILIWICK_NETOP_BIND, NULL))
		return DENY;
	if (sock_transport(sk) == BAILIWICK_TRANSPORT_TCP)
		server_note(&q->who, sk);
	return ALLOW;
}

SEC("lsm/socket_listen")
int BPF_PROG(bw_sock_listen, struct socket *sock)
{
	struct sock *sk = sock->sk;
	struct question q;

	if (!sk || !question_open_confined(&q))
		return 0;
	if (judge_server(&q, sk, BAILIWICK_OP_NET_LISTEN))
		return -EACCES;
	return 0;
}

SEC("lsm/socket_accept")
int BPF_PROG(bw_sock_accept, struct socket *sock)
{
	struct sock *sk = sock->sk;
	struct question q;

	if (!sk)
		return 0;
	if (!question_open_confined(&q)) {
		server_release(sk);
		return 0;
	}
	/* Of whom, the first byte will tell, or server.bpf.c did. */
	if (judge_server(&q, sk, BAILIWICK_OP_NET_ACCEPT))
		return -EACCES;
	return 0;
}
