// SPDX-License-Identifier: GPL-2.0-only
/* Local sockets: the one a task talks to has a path, an abstract name, or no name. */
#include "unix.bpf.h"

/* A socket with a path may have several; sendmsg comes here, too. */
static __always_inline int judge_peer(struct question *q, __u64 peer)
{
	__u64 dentry;

	if (judge_unix_peer(q, peer))
		return DENY;
	dentry = peer ? READ_PTR(peer, struct unix_sock, path.dentry) : 0;
	if (!dentry || !links_others_at(dentry))
		return ALLOW;
	q->dentry = dentry;
	return links_judge(q) == LINKS_CLOSED;
}

SEC("lsm/unix_stream_connect")
int BPF_PROG(bw_unix_connect, struct sock *sock, struct sock *other)
{
	struct question q;

	if (!question_open(&q))
		return 0;
	if (judge_peer(&q, number_of(other)))
		return -EACCES;
	return 0;
}

SEC("lsm/unix_may_send")
int BPF_PROG(bw_unix_send, struct socket *sock, struct socket *other)
{
	struct question q;

	if (!question_open(&q))
		return 0;
	if (judge_peer(&q, READ_PTR((__u64)other, struct socket, sk)))
		return -EACCES;
	return 0;
}
