// SPDX-License-Identifier: GPL-2.0-only
/* What is Bailiwick's own: who is the controller, and who may touch maps and programs. */
#include "own.bpf.h"
#include "alias.bpf.h"
#include "running.bpf.h"
#include "sockmaps.bpf.h"
#include "open.bpf.h"
#include "share.bpf.h"
#include "told.bpf.h"
#include "syscall.bpf.h"

#define ENOENT 2

#define LSM_UNSAFE_SHARE 1
#define LSM_UNSAFE_PTRACE 2
#define USED_MAPS_MAX 32		/* a program of ours uses fewer */

const volatile char bw_controller[BW_CONTROLLER_SIZE] __attribute__((aligned(8)));
const volatile __u32 bw_controller_name;

/* --- who is the controller ----------------------------------------------------------- */

static __always_inline int path_is_controllers(struct bw_scratch *s)
{
	const volatile __u64 *want = (const volatile __u64 *)bw_controller;
	__u64 *have = (__u64 *)s->name;
	__u32 size = BAILIWICK_PATH_MAX - s->path_at, i;

	if (s->end != WALK_PATH || s->path_cut || size >= BW_CONTROLLER_SIZE)
		return 0;
	for (i = 0; i < BW_CONTROLLER_SIZE / 8; i++)
		have[i] = 0;
	bpf_probe_read_kernel(s->name, BOUNDED(size, BW_CONTROLLER_SIZE - 1),
			      s->path + BOUNDED(s->path_at, BAILIWICK_PATH_MAX - 1));
	for (i = 0; i < BW_CONTROLLER_SIZE / 8; i++)
		if (have[i] != want[i])
			return 0;
	return 1;
}

static __always_inline int is_controllers_program(__u64 dentry)
{
	struct bw_scratch *s;
	__u32 room;
	int same = 0;

	if (READ_U32(dentry, struct dentry, d_name.len) != bw_controller_name)
		return 0;		/* nearly every exec ends here */
	room = scratch_claim();
	s = scratch_at(room);
	if (s) {
		object_path(room, dentry);
		same = path_is_controllers(s);
	}
	scratch_release(room);
	return same;
}

/* Under a tracer, or with a root directory others can change, it is not its own. */
SEC("lsm/bprm_committing_creds")
void BPF_PROG(bw_own_begin, struct linux_binprm *bprm)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 one = 1;

	bpf_task_storage_delete(&bw_own, task);
	if (bprm->unsafe & (LSM_UNSAFE_SHARE | LSM_UNSAFE_PTRACE) ||
	    !is_controllers_program(file_dentry_of((__u64)bprm->file)))
		return;
	bpf_task_storage_get(&bw_own, task, &one, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

/* --- files ------------------------------------------------------------------------------- */

/*
 * What a policy that protects a class relies on (userspace/compile/own.c) is for
 * tasks without a role to read, not to change.  A class's own objects have no right
 * at all left, and are nobody's.
 */
BW_ONCE int own_may(__u32 cell, __u64 dentry)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct bw_task *t;

	if (cell & BAILIWICK_CELL_PROTECTED || !(cell & BAILIWICK_RIGHT_READ))
		return 0;
	if (is_controller(task))
		return 1;
	if (READ_PTR(READ_PTR(dentry, struct dentry, d_sb), struct super_block, s_magic) !=
	    CGROUP2_MAGIC)
		return 0;
	t = bpf_task_storage_get(&bw_tasks, task, 0, 0);
	return task->tgid == INIT_PID || (t && t->starting);
}

BW_ONCE int own_is_open(__u64 word, __u64 dentry)
{
	__u32 room = scratch_claim(), label = BAILIWICK_LABEL_UNKNOWN;
	image_t image = image_open(word);

	if (scratch_at(room))
		label = object_label(room, word, dentry, 0, 0);
	scratch_release(room);
	return !image || label < BAILIWICK_LABEL_FIRST ||
	       !decide_denied(decide_cell(image, BAILIWICK_ROW_UNCONFINED, label),
			      BAILIWICK_RIGHT_WRITE);
}

/* --- maps and programs ------------------------------------------------------------------ */

#define IS(map, id) (((struct bpf_map *)&(map))->id == (id))

/* The data sections carry the name of the object instead of one of their own. */
static __always_inline int is_own_map(__u64 map)
{
	static const char data[8] = "bailiwic";
	__u32 id = READ_U32(map, struct bpf_map, id);
	__u64 begins = READ_PTR(map, struct bpf_map, name), wanted;

	__builtin_memcpy(&wanted, data, sizeof(wanted));
	return begins == wanted || IS(bw_slots, id) || IS(bw_control, id) || IS(bw_tasks, id) ||
	       IS(bw_own, id) || IS(bw_lost, id) || IS(bw_socks, id) || IS(bw_events, id) ||
	       IS(bw_counts, id) || IS(bw_totals, id) || IS(bw_scratch, id) ||
	       IS(bw_inodes, id) || IS(bw_names, id) ||
	       IS(bw_links, id) || IS(bw_repeats, id) || IS(bw_tellers, id) ||
	       IS(bw_sweeps, id) || IS(bw_scan, id) || IS(bw_recheck, id) || IS(bw_bell, id) ||
	       IS(bw_running, id) || IS(bw_peers, id) || IS(bw_servers, id) ||
	       IS(bw_shares, id) || IS(bw_shares_told, id);
}

/* A program that uses a map of ours is one of ours: nobody else gets hold of them. */
static __always_inline int is_own_program(__u64 program)
{
	__u64 aux = READ_PTR(program, struct bpf_prog, aux);
	__u64 maps = READ_PTR(aux, struct bpf_prog_aux, used_maps);
	__u32 count = READ_U32(aux, struct bpf_prog_aux, used_map_cnt), i;

	for (i = 0; i < USED_MAPS_MAX; i++)
		if (i < count && is_own_map(read_word((const void *)(maps + i * 8ull))))
			return 1;
	return 0;
}

/*
 * Who has a descriptor of a map can let an iterator write into it, frozen or not;
 * who has one of a program can replace its functions.
 */
static __always_inline int refuse_own(void)
{
	struct question q;

	if (!question_open(&q) || is_controller(bpf_get_current_task_btf()))
		return ALLOW;
	return refuse_protected(&q, BAILIWICK_OP_PRIVILEGE, BAILIWICK_PRIVILEGE_BPF_BIT);
}

/* Whoever lists all objects by number skips what is gone, and stops at other errors. */
static __always_inline int is_asked_by_number(void)
{
	__u64 command = syscall_argument();

	return syscall_is(NR_BPF) && (command == BPF_MAP_GET_FD_BY_ID ||
				      command == BPF_PROG_GET_FD_BY_ID);
}

SEC("lsm/bpf_map")
int BPF_PROG(bw_bpf_map, struct bpf_map *map, fmode_t fmode)
{
	if (!is_own_map(number_of(map)) || !refuse_own())
		return 0;
	if (is_asked_by_number())
		return -ENOENT;
	return -EACCES;
}

SEC("lsm/bpf_prog")
int BPF_PROG(bw_bpf_prog, struct bpf_prog *prog)
{
	if (!is_own_program(number_of(prog)) || !refuse_own())
		return 0;
	if (is_asked_by_number())
		return -ENOENT;
	return -EACCES;
}
