// SPDX-License-Identifier: GPL-2.0-only
/* Local sockets: the one a task talks to has a path, an abstract name, or no name. */
#include "unix.bpf.h"

SEC("lsm/unix_stream_connect")
int BPF_PROG(bw_unix_connect, struct sock *sock, struct sock *other)
{
	struct question q;

	if (!question_open(&q))
		return 0;
	if (judge_unix_peer(&q, number_of(other)))
		return -EACCES;
	return 0;
}

SEC("lsm/unix_may_send")
int BPF_PROG(bw_unix_send, struct socket *sock, struct socket *other)
{
	struct question q;

	if (!question_open(&q))
		return 0;
	if (judge_unix_peer(&q, READ_PTR((__u64)other, struct socket, sk)))
		return -EACCES;
	return 0;
}
