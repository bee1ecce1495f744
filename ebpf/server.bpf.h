/* SPDX-License-Identifier: GPL-2.0-only */
/* Who takes in what comes to a listening socket, noted for the moment somebody comes. */
#ifndef BAILIWICK_SERVER_BPF_H
#define BAILIWICK_SERVER_BPF_H

#include "traffic.bpf.h"

/* Current, who asks, may listen or accept here and does. */
BW_SHARED int server_note(struct subject *who, struct sock *sk);

/* The policy changed; the process that was noted holds the socket still, as who it is now. */
static __always_inline void server_renew(const struct subject *who, struct sock *sk,
					 struct task_struct *task)
{
	struct bw_server *s = bpf_sk_storage_get(&bw_servers, sk, 0, 0);
	__u64 taken;

	if (!s || s->pid != (__u32)task->tgid)
		return;
	taken = *(volatile __u64 *)&s->taken;
	if (taken >> 32 != (__u32)who->word)
		__sync_val_compare_and_swap(&s->taken, taken,
					    who->word << 32 | (taken & SERVER_SEVERAL) | who->row);
}

/* Somebody whom no rule is about accepts here. */
static __always_inline void server_release(struct sock *sk)
{
	struct bw_server *s = bpf_sk_storage_get(&bw_servers, sk, 0, 0);

	if (s)
		__sync_fetch_and_or(&s->taken, SERVER_SEVERAL);
}

#endif
