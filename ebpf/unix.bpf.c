// SPDX-License-Identifier: GPL-2.0-only
/* Local sockets: the one a task talks to has a path, an abstract name, or no name. */
#include "unix.bpf.h"

/* The socket a task names or is connected to: by what is remembered of its path, if it has one. */
static __always_inline int judge_peer(struct question *q, struct sock *peer)
{
	struct unix_sock *local = peer ? bpf_skc_to_unix_sock(peer) : NULL;
	struct dentry *dentry = local ? local->path.dentry : NULL;

	if (!dentry)
		return judge_unix_peer(q, number_of(peer));
	q->operation = BAILIWICK_OP_UNIX_CONNECT;
	return judge_dentry(q, dentry, BAILIWICK_RIGHT_UNIX_CONNECT);
}

SEC("lsm/unix_stream_connect")
int BPF_PROG(bw_unix_connect, struct sock *sock, struct sock *other)
{
	struct question q;

	if (!question_open(&q))
		return 0;
	if (judge_peer(&q, other))
		return -EACCES;
	return 0;
}

SEC("lsm/unix_may_send")
int BPF_PROG(bw_unix_send, struct socket *sock, struct socket *other)
{
	struct question q;

	if (!question_open(&q))
		return 0;
	if (judge_peer(&q, other->sk))
		return -EACCES;
	return 0;
}
