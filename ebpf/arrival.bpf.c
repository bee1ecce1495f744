// SPDX-License-Identifier: GPL-2.0-only
/* Whoever comes to a listening socket, before he is connected. */
#include "server.bpf.h"
#include "quarantine.bpf.h"
#include "repeat.bpf.h"
#include "settle.bpf.h"
#include "share.bpf.h"

/* The same call again: whoever may send packets could drown what matters in records of them. */
static __always_inline void arrival_kind(struct bw_kind *k, const struct question *q,
					 const struct bw_server *v)
{
	__builtin_memset(k, 0, sizeof(*k));
	k->thread = (__u64)v->pid << 32 | v->tid;
	k->word = q->who.word;
	k->cgroup = v->cgroup;
	k->uid = v->uid;
	k->login_uid = v->login_uid;
	k->row = q->who.row;
	k->operation = q->operation;
	k->rights = q->rights;
	k->denied = q->denied;
	k->reason = q->reason;
	k->family = q->family;
	k->protocol = q->protocol;
	__builtin_memcpy(k->object, q->endpoint.address, sizeof(q->endpoint.address));
	/* Where its entry stands must not be the same for all who call at a port. */
	k->number = (k->object[0] ^ k->object[1] ^ (k->object[0] ^ k->object[1]) >> 32) * 0x9e3779b1u;
	k->number ^= k->number >> 16;
	k->object[2] = (__u64)q->endpoint.transport << 32 | q->endpoint.port;
	k->object[3] = q->endpoint.ipv6;
}

/* As emit_record(), of a process that is not the one that runs. */
static __always_inline int arrival_record(struct bw_scratch *s, const struct question *q,
					  const struct bw_server *v, image_t image,
					  struct bailiwick_totals *totals)
{
	struct bailiwick_denial *d = (struct bailiwick_denial *)s->record;
	__u32 size;

	__builtin_memset(d, 0, sizeof(*d));
	emit_describe(d, q, image);
	d->cgroup = v->cgroup;
	d->pid = v->pid;
	d->tid = v->tid;
	d->uid = v->uid;
	d->gid = v->gid;
	d->login_uid = v->login_uid;
	__builtin_memcpy(d->comm, v->comm, sizeof(d->comm));
	__builtin_memcpy(s->record + sizeof(*d), v->unit, sizeof(v->unit));
	d->unit_size = v->unit_size & (BAILIWICK_SHARE_UNIT_MAX - 1);
	size = sizeof(*d) + d->unit_size;
	d->event.size = size;
	d->event.sequence = __sync_fetch_and_add(&totals->sequence, 1) + 1;
	return bpf_ringbuf_output(&bw_events, s->record, BOUNDED(size, 511), 0) != 0;
}

/* 1 when it was told; else a number that never comes says that it was not. */
static __always_inline int tell(struct bw_scratch *s, const struct question *q,
				const struct bw_server *v, image_t image,
				struct bailiwick_totals *totals, __u32 first)
{
	__u64 share = v->share | BAILIWICK_SHARE_CALLERS;

	if (s && share_admits(share, first)) {
		if (!arrival_record(s, q, v, image, totals)) {
			share_charge(share, ((struct bailiwick_denial *)s->record)->event.size,
				     SCRATCH_NONE);
			return 1;
		}
	} else {
		__sync_fetch_and_add(&totals->sequence, 1);
	}
	__sync_fetch_and_add(&totals->ring_full, 1);
	share_refuse(share, 1, SCRATCH_NONE);
	return 0;
}

/* As emit_denial(). */
static __attribute__((noinline)) int tell_arrival(const struct question *q,
						  const struct bw_server *v)
{
	image_t image = image_open(q->who.word);
	__u32 zero = 0, first, room;
	struct bailiwick_totals *totals = bpf_map_lookup_elem(&bw_totals, &zero);
	struct bw_scratch *s;

	first = emit_count(q->who.row, 0, q->operation, q->verdict);
	if (!totals || !image)
		return 0;
	room = scratch_claim();
	s = scratch_at(room);
	if (s)
		arrival_kind(repeat_kind(s), q, v);
	if (!repeat_counts_kind(room) && tell(s, q, v, image, totals, first) && s) {
		arrival_kind(repeat_kind(s), q, v);
		s->share = v->share | BAILIWICK_SHARE_CALLERS;
		repeat_begin_kind(room, q->verdict);
	}
	scratch_release(room);
	return 0;
}

#define PROTOCOL_TCP 6

/* Both ends of what is about to be connected. */
static __always_inline void read_ends(struct question *q, struct decide_endpoint *local,
				      const struct sock *sk, const struct request_sock *req)
{
	const struct sock_common *ends = &req->__req_common;

	q->family = sock_family(sk);
	q->protocol = PROTOCOL_TCP;
	q->endpoint.ipv6 = local->ipv6 = q->family == AF_INET6;
	q->endpoint.transport = local->transport = BAILIWICK_TRANSPORT_TCP;
	q->endpoint.port = bpf_ntohs(ends->skc_dport);
	local->port = ends->skc_num;
	if (local->ipv6) {
		write_ipv6(q->endpoint.address, &ends->skc_v6_daddr);
		write_ipv6(local->address, &ends->skc_v6_rcv_saddr);
	} else {
		*(__be32 *)q->endpoint.address = ends->skc_daddr;
		*(__be32 *)local->address = ends->skc_rcv_saddr;
	}
}

/*
 * Runs in whichever task was interrupted, so what is asked is whether the row noted may
 * exchange a byte with this peer.  Without a note that is still good the first byte tells.
 */
SEC("lsm/inet_conn_request")
int BPF_PROG(bw_sock_arrival, const struct sock *sk, struct sk_buff *skb, struct request_sock *req)
{
	struct bailiwick_control *control = control_open();
	struct decide_endpoint local __attribute__((aligned(8))) = {};
	struct bw_server *s = bpf_sk_storage_get(&bw_servers, (void *)sk, 0, 0);
	struct question q = {};
	image_t image;
	__u64 taken;

	if (!s || !control)
		return 0;
	taken = *(volatile __u64 *)&s->taken;
	q.who.word = *(volatile __u64 *)&control->word;
	if (!q.who.word || taken >> 32 != (__u32)q.who.word || taken & SERVER_SEVERAL)
		return 0;
	q.who.row = taken & SERVER_ROW;
	image = image_open(q.who.word);
	if (!image)
		return 0;
	read_ends(&q, &local, sk, req);
	if (!judge_arrival(&q, &local))
		return 0;
	q.endpoint.port = local.port;	/* what a rule would name: this peer at that port */
	q.operation = BAILIWICK_OP_NET_ACCEPT;
	q.object = BAILIWICK_OBJECT_ADDRESS;
	q.reason = BAILIWICK_REASON_POLICY;
	q.rights = q.denied = BAILIWICK_NETOP_ACCEPT;
	settle_verdict(&q, image);
	tell_arrival(&q, s);
	return q.verdict == BAILIWICK_VERDICT_DENIED ? -EACCES : 0;
}
