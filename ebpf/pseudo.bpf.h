/* SPDX-License-Identifier: GPL-2.0-only */
/* Is a filesystem one of the kernel's own, whose place never changes? */
#ifndef BAILIWICK_PSEUDO_BPF_H
#define BAILIWICK_PSEUDO_BPF_H

#include "walk.bpf.h"

#define FS_REQUIRES_DEV 1		/* file_system_type.fs_flags: lies on a disk */

struct walk {
	struct bw_scratch *s;
};

static long prefix_step(__u32 i, struct walk *c)
{
	struct bw_scratch *s = c->s;
	const __u64 *want = (const __u64 *)s->name;
	__u64 have[2];

	__builtin_memcpy(have, walk_type[i & (WALK_PREFIXES - 1)], sizeof(have));
	if (!have[0])
		return 1;
	if (have[0] != want[0] || have[1] != want[1])
		return 0;
	s->prefix = i + 1;
	return 1;
}

/* Sets s->prefix to 1 + index of the pseudo filesystem of this type, 0 for any other. */
static __always_inline void prefix_find(struct bw_scratch *s, struct walk *c)
{
	__u64 type = READ_PTR(s->super, struct super_block, s_type);
	__u64 *name = (__u64 *)s->name;

	s->prefix = 0;
	if (READ_U32(type, struct file_system_type, fs_flags) & FS_REQUIRES_DEV)
		return;
	name[0] = 0;
	name[1] = 0;
	bpf_probe_read_kernel_str(s->name, WALK_TYPE_SIZE, (const void *)
				  READ_PTR(type, struct file_system_type, name));
	bpf_loop(WALK_PREFIXES, prefix_step, c, 0);
}

#endif
