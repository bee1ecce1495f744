// SPDX-License-Identifier: GPL-2.0-only
/* Sockets that are open and forbidden to their holder; threads that are somebody else. */
#include "open.bpf.h"
#include "server.bpf.h"

#define TCP_LISTEN 10

static __always_inline void write_ends(struct bailiwick_open *o, struct sock *sk)
{
	if (o->family == AF_INET6) {
		write_ipv6(o->local, &sk->__sk_common.skc_v6_rcv_saddr);
		write_ipv6(o->peer, &sk->__sk_common.skc_v6_daddr);
	} else {
		*(__be32 *)o->local = sk->__sk_common.skc_rcv_saddr;
		*(__be32 *)o->peer = sk->__sk_common.skc_daddr;
	}
	o->local_port = sk->__sk_common.skc_num;
	o->peer_port = bpf_ntohs(sk->__sk_common.skc_dport);
}

static __always_inline void write_socket(struct bailiwick_open *o, struct sock *sk)
{
	o->family = sock_family(sk);
	o->protocol = sk->sk_protocol;
	o->state = sk->__sk_common.skc_state;
	o->netns = sk->__sk_common.skc_net.net->ns.inum;
	if (is_inet(o->family))
		write_ends(o, sk);
}

/* 1 for a listening socket; its own end stands in the question. */
static __always_inline int listens(struct question *q, struct sock *sk)
{
	if (!is_inet(sock_family(sk)) || sk->__sk_common.skc_state != TCP_LISTEN)
		return 0;
	socket_local(sk, &q->endpoint);
	return 1;
}

/* The BAILIWICK_NETOP_* out of what this socket may be used for that are forbidden. */
static __always_inline __u32 socket_denied(struct question *q, struct sock *sk, int *ret_listens)
{
	struct bw_sock *known = bpf_sk_storage_get(&bw_socks, sk, 0, 0);
	int served = !known || !known->client;
	__u32 denied = 0;

	*ret_listens = listens(q, sk);
	if (*ret_listens)
		return q->who.row != BAILIWICK_ROW_UNCONFINED &&
		       judge_network(q, BAILIWICK_NETOP_LISTEN | BAILIWICK_NETOP_BIND, NULL) ?
			       BAILIWICK_NETOP_LISTEN : 0;
	if (judge_traffic(q, sk, BAILIWICK_NETOP_SEND, served))
		denied |= BAILIWICK_NETOP_SEND;
	if (judge_traffic(q, sk, BAILIWICK_NETOP_RECEIVE, served))
		denied |= BAILIWICK_NETOP_RECEIVE;
	return denied;
}

SEC("iter/task_file")
int bw_open_socks(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	__u32 room, denied = 0;
	struct bailiwick_open *o;
	struct socket *socket;
	struct bw_scratch *s;
	struct question *q;
	struct sock *sk;
	int listening;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (!sk)
		return 0;
	room = scratch_claim();
	s = scratch_at(room);
	if (!s)
		return OPEN_AGAIN;
	q = open_question(s, 0);
	if (open_subject(q, task, ctx->meta->session_id)) {
		denied = socket_denied(q, sk, &listening);
		if (!denied && listening)
			server_renew(&q->who, sk, task);
	}
	if (denied) {
		o = open_record(s, q, task, BAILIWICK_OPEN_SOCKET);
		o->fd = ctx->fd;
		o->denied = denied;
		o->flags = listening ? BAILIWICK_OPEN_LISTENS : 0;
		o->cookie = bpf_get_socket_cookie(sk);
		o->inode = READ_PTR((__u64)file->f_inode, struct inode, i_ino);
		write_socket(o, sk);
		OPEN_WRITE(ctx, s, o);
	}
	scratch_release(room);
	return 0;
}

/* Its table is another process's, too: what that one opens, this one has. */
static __always_inline int is_apart(struct task_struct *task)
{
	return task->pid == task->tgid &&
	       task->files->count.counter > task->signal->nr_threads;
}

#define PF_IO_WORKER 0x10
#define RINGS 16		/* IO_RINGFD_REG_MAX */

/*
 * A ring needs no descriptor once a thread has it registered, or for as long as a thread
 * of the kernel's serves what is mapped of it: that one works for no other's requests.
 */
static __always_inline int keeps_in_rings(struct task_struct *task)
{
	__u64 rings = number_of(task->io_uring), file;
	__u32 i;

	if (task->flags & PF_IO_WORKER)
		return !task->worker_private;
	if (!rings)
		return 0;
	rings += bpf_core_field_offset(struct io_uring_task, registered_rings);
	for (i = 0; i < RINGS; i++) {
		file = read_word((const void *)(rings + 8ull * i));
		if (file && ring_keeps_files((struct file *)file))
			return 1;
	}
	return 0;
}

/*
 * The iterator of files leaves out threads that share their process's table.  One
 * that is somebody else (its own uid, login uid or unit) cannot be told clean by it.
 */
SEC("iter/task")
int bw_open_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct question *q, *leader;
	struct bailiwick_open *o;
	struct bw_scratch *s;
	__u32 room, kind = BAILIWICK_OPEN_NONE;
	int apart, rings;

	if (!task || !task->files)
		return 0;
	apart = is_apart(task);
	rings = keeps_in_rings(task);
	if (!apart && !rings &&
	    (task->pid == task->tgid || task->files != task->group_leader->files))
		return 0;
	room = scratch_claim();
	s = scratch_at(room);
	if (!s)
		return OPEN_AGAIN;
	q = open_question(s, 0);
	leader = open_question(s, 1);
	if (open_subject(q, task, ctx->meta->session_id)) {
		if (apart || !open_subject(leader, task->group_leader, ctx->meta->session_id) ||
		    q->who.row != leader->who.row)
			kind = BAILIWICK_OPEN_THREAD;
		else if (rings)
			kind = BAILIWICK_OPEN_RING;
	}
	if (kind) {
		o = open_record(s, q, task, kind);
		OPEN_WRITE(ctx, s, o);
	}
	scratch_release(room);
	return 0;
}
