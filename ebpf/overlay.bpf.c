// SPDX-License-Identifier: GPL-2.0-only
/* Working for an overlay: below it, its mounter's credentials stand in for the task's. */
#include "object.bpf.h"
#include "subject.bpf.h"

/*
 * To create, an overlay makes a copy of its mounter's credentials for the task
 * (fs/overlayfs/dir.c, ovl_create_or_link) and asks this hook, which nobody else
 * asks.  The copy is remembered until the task is next seen to be itself.
 */
SEC("lsm/dentry_create_files_as")
int BPF_PROG(bw_overlay_cred, struct dentry *dentry, int mode, struct qstr *name,
	     const struct cred *old, struct cred *new)
{
	struct bw_task *t = subject_storage(bpf_get_current_task_btf());

	if (t)
		t->overlay_cred = (__u64)new;
	running_forget();
	return 0;
}

#define FILESYSTEM_TYPES 256
#define OVERLAYS 65536
#define OVERLAY_WORDS 24	/* of struct ovl_fs; its mounter's credentials are among them */

extern const void file_systems __ksym;

struct hunt {
	__u64 cred;
	__u64 type;		/* filesystem type looked at, then the overlay's */
	__u64 super;		/* list node of one of its superblocks */
	__u32 found;
};

static long type_step(__u32 i, struct hunt *h)
{
	char name[8] __attribute__((aligned(8))) = {};

	if (!h->type)
		return 1;
	bpf_probe_read_kernel_str(name, sizeof(name), (const void *)
				  READ_PTR(h->type, struct file_system_type, name));
	if (*(__u64 *)name == *(const __u64 *)"overlay")
		return 1;
	h->type = READ_PTR(h->type, struct file_system_type, next);
	return 0;
}

/*
 * struct ovl_fs belongs to a module that may not be loaded yet, so its layout is
 * not known here.  All its words are the kernel's own, none can be chosen by a
 * task, so one that equals the credentials is the mounter's.
 */
static long overlay_step(__u32 i, struct hunt *h)
{
	__u64 super, private;
	__u32 j;

	if (!h->super)
		return 1;
	super = h->super - bpf_core_field_offset(struct super_block, s_instances);
	private = READ_PTR(super, struct super_block, s_fs_info);
	for (j = 0; j < OVERLAY_WORDS; j++)
		if (read_word((const void *)(private + j * 8)) == h->cred) {
			h->found = 1;
			return 1;
		}
	h->super = READ_PTR(h->super, struct hlist_node, next);
	return 0;
}

BW_ONCE int object_inside_overlay(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct hunt h = {
		.cred = (__u64)BPF_CORE_READ(task, cred),
		.type = read_word(&file_systems),
	};
	struct bw_task *t;

	if (h.cred == (__u64)BPF_CORE_READ(task, real_cred))
		return 0;
	t = bpf_task_storage_get(&bw_tasks, task, 0, 0);
	if (t && t->overlay_cred == h.cred)
		return 1;
	bpf_loop(FILESYSTEM_TYPES, type_step, &h, 0);
	if (!h.type)
		return 0;
	h.super = READ_PTR(h.type, struct file_system_type, fs_supers.first);
	bpf_loop(OVERLAYS, overlay_step, &h, 0);
	return h.found;
}

BW_ONCE int object_on_root(__u64 dentry)
{
	__u64 super = READ_PTR(dentry, struct dentry, d_sb);
	__u32 room = scratch_claim();
	struct bw_scratch *s = scratch_at(room);
	int root;

	if (!s)
		return 0;
	walk_up(room, READ_PTR(super, struct super_block, s_root));
	root = s->end == WALK_PATH && !s->depth && !s->prefix;
	scratch_release(room);
	return root;
}
