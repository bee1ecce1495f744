// SPDX-License-Identifier: GPL-2.0-only
/* Whoever comes to a listening socket, before he is connected. */
#include "server.bpf.h"
#include "quarantine.bpf.h"
#include "settle.bpf.h"
#include "share.bpf.h"
#include "unit.bpf.h"

#define PROTOCOL_TCP 6

/* For the records: whose process it is, and the share of the ring they are charged to. */
static __attribute__((noinline)) int note_process(struct bw_server *s, const struct subject *who)
{
	__u64 ids = bpf_get_current_pid_tgid();
	__u32 room = scratch_claim(), size;
	struct bw_scratch *found = scratch_at(room);

	s->pid = ids >> 32;
	s->tid = ids;
	s->uid = who->uid;
	s->gid = bpf_get_current_uid_gid() >> 32;
	s->login_uid = who->login_uid;
	s->cgroup = who->cgroup;
	bpf_get_current_comm(s->comm, sizeof(s->comm));
	s->unit_size = 0;
	s->share = BAILIWICK_SHARE_UID | who->uid;
	if (!found)
		return 0;
	unit_find(room, 0, (__u64)bpf_get_current_task());
	s->share = emit_share(who, found);
	size = found->unit_size < sizeof(s->unit) ? found->unit_size : sizeof(s->unit) - 1;
	bpf_probe_read_kernel(s->unit, BOUNDED(size, BAILIWICK_SHARE_UNIT_MAX - 1), found->unit);
	s->unit_size = size;
	share_refuse(s->share, 0, room);
	scratch_release(room);
	return 0;
}

BW_SHARED int server_note(struct subject *who, struct sock *sk)
{
	struct bw_server *s = bpf_sk_storage_get(&bw_servers, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	__u64 mine = who->word << 32 | who->row, ids = bpf_get_current_pid_tgid(), taken;

	if (!s)
		return 0;
	taken = *(volatile __u64 *)&s->taken;
	if (taken >> 32 != (__u32)who->word) {
		taken = __sync_val_compare_and_swap(&s->taken, taken,
						    mine | (taken & SERVER_SEVERAL));
		if (taken >> 32 != (__u32)who->word)
			return note_process(s, who);
	}
	if ((taken & ~SERVER_SEVERAL) != mine) {
		__sync_fetch_and_or(&s->taken, SERVER_SEVERAL);
		return 0;
	}
	/* Of several processes the one that accepted last: others may have ended since. */
	s->pid = ids >> 32;
	s->tid = ids;
	return 0;
}

struct arrival {
	struct bailiwick_denial denial;
	__u8 unit[BAILIWICK_SHARE_UNIT_MAX];
};

/* As emit_denial(), of a process that is not the one that runs. */
static __attribute__((noinline)) int tell_arrival(const struct question *q,
						  const struct bw_server *s)
{
	image_t image = image_open(q->who.word);
	struct arrival a = {};
	struct bailiwick_denial *d = &a.denial;
	__u32 zero = 0, first, size;
	struct bailiwick_totals *totals = bpf_map_lookup_elem(&bw_totals, &zero);

	first = emit_count(q->who.row, 0, q->operation, q->verdict);
	if (!totals || !image)
		return 0;
	emit_describe(d, q, image);
	d->cgroup = s->cgroup;
	d->pid = s->pid;
	d->tid = s->tid;
	d->uid = s->uid;
	d->gid = s->gid;
	d->login_uid = s->login_uid;
	__builtin_memcpy(d->comm, s->comm, sizeof(d->comm));
	__builtin_memcpy(a.unit, s->unit, sizeof(a.unit));
	d->unit_size = s->unit_size & (BAILIWICK_SHARE_UNIT_MAX - 1);
	size = sizeof(*d) + d->unit_size;
	d->event.size = size;
	d->event.sequence = __sync_fetch_and_add(&totals->sequence, 1) + 1;
	if (share_admits(s->share, first) &&
	    !bpf_ringbuf_output(&bw_events, &a, BOUNDED(size, 255), 0)) {
		share_charge(s->share, size, SCRATCH_NONE);
		return 0;
	}
	__sync_fetch_and_add(&totals->ring_full, 1);
	share_refuse(s->share, 1, SCRATCH_NONE);
	return 0;
}

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
