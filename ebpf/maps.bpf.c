// SPDX-License-Identifier: GPL-2.0-only
/* The one definition of every map and of the loader's constants; the kernel's functions. */
#define BW_KFUNC __ksym
#include "alias.bpf.h"
#include "owner.bpf.h"
#include "share.bpf.h"
#include "told.bpf.h"
#include "recheck.bpf.h"
#include "running.bpf.h"
#include "sockmaps.bpf.h"

char LICENSE[] SEC("license") = "GPL";

const volatile __u32 bw_abi = BAILIWICK_ABI;
const volatile __u32 bw_image_mask8 = BAILIWICK_SLOT_MIN - 1;
const volatile __u32 bw_image_mask32 = (BAILIWICK_SLOT_MIN - 1) & ~3u;
const volatile __u32 bw_image_mask64 = (BAILIWICK_SLOT_MIN - 1) & ~7u;
const volatile __u32 bw_scratch_mask = 3;
const volatile __u32 bw_remember = 0;

struct bw_slots_map bw_slots SEC(".maps");
struct bw_control_map bw_control SEC(".maps");
struct bw_tasks_map bw_tasks SEC(".maps");
struct bw_running_map bw_running SEC(".maps");
struct bw_own_map bw_own SEC(".maps");
struct bw_recheck_map bw_recheck SEC(".maps");
struct bw_bell_map bw_bell SEC(".maps");
struct bw_lost_map bw_lost SEC(".maps");
struct bw_inodes_map bw_inodes SEC(".maps");
__u64 bw_moves;
struct bw_names_map bw_names SEC(".maps");
struct bw_links_map bw_links SEC(".maps");
struct bw_socks_map bw_socks SEC(".maps");
struct bw_servers_map bw_servers SEC(".maps");
struct bw_peers_map bw_peers SEC(".maps");
struct bw_events_map bw_events SEC(".maps");
struct bw_counts_map bw_counts SEC(".maps");
struct bw_totals_map bw_totals SEC(".maps");
struct bw_scratch_map bw_scratch SEC(".maps");
struct bw_shares_map bw_shares SEC(".maps");
struct bw_shares_told_map bw_shares_told SEC(".maps");
struct bw_repeats_map bw_repeats SEC(".maps");
struct bw_tellers_map bw_tellers SEC(".maps");
struct bw_sweeps_map bw_sweeps SEC(".maps");

/* Never called: what is not used would not be in the object, and prelude.bpf.h counts on it. */
BW_ONCE __u64 kfuncs_named(__u64 at)
{
	return read_word((const void *)at);
}
