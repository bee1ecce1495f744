// SPDX-License-Identifier: GPL-2.0-only
/* Who takes in what comes to a listening socket, noted for the moment somebody comes. */
#include "server.bpf.h"
#include "quarantine.bpf.h"
#include "share.bpf.h"
#include "unit.bpf.h"

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
	share_refuse(s->share | BAILIWICK_SHARE_CALLERS, 0, room);
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
