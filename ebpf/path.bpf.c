// SPDX-License-Identifier: GPL-2.0-only
/* A walk put into words, for events. */
#include "object.bpf.h"

#define PATH_END BAILIWICK_PATH_MAX

struct words {
	struct bw_scratch *s;
};

/* Put s->name in front of what is there; it may not fit (byte 0 stays free). */
static __always_inline void put_front(struct bw_scratch *s, __u32 size)
{
	__u32 at = s->path_at;

	if (at <= size || at > PATH_END) {
		s->path_cut = 1;
		return;
	}
	at -= size;
	s->path_at = at;
	bpf_probe_read_kernel(s->path + BOUNDED(at, PATH_END - 1), BOUNDED(size, BW_NAME_SIZE - 1), s->name);
}

/* "/name" of one member of the chain, the innermost first; 1 when it does not fit. */
static long word_step(__u32 i, struct words *c)
{
	struct bw_scratch *s = c->s;
	__u64 dentry = s->chain[i & BW_CHAIN_MASK];
	__u32 at = s->path_at, size = READ_U32(dentry, struct dentry, d_name.len);

	if (size > BAILIWICK_NAME_MAX)
		size = BAILIWICK_NAME_MAX;
	if (at <= size + 1 || at > PATH_END) {
		s->path_cut = 1;
		return 1;
	}
	at -= size + 1;
	s->path_at = at;
	s->path[BOUNDED(at, PATH_END - 1)] = '/';
	bpf_probe_read_kernel(s->path + BOUNDED(at + 1, PATH_END - 1), BOUNDED(size, BW_NAME_SIZE - 1),
			      (const void *)READ_PTR(dentry, struct dentry, d_name.name));
	return 0;
}

static __always_inline void put_prefix(struct bw_scratch *s)
{
	__u32 index = (s->prefix - 1) & (WALK_PREFIXES - 1);
	long size = bpf_probe_read_kernel_str(s->name, WALK_PREFIX_SIZE,
					      walk_prefix[index]);

	if (size > 1)
		put_front(s, size - 1);
}

/* "tmpfs:" in front of an object no path leads to. */
static __always_inline void put_type(struct bw_scratch *s)
{
	__u64 type = READ_PTR(s->super, struct super_block, s_type);
	long size = bpf_probe_read_kernel_str(s->name, WALK_TYPE_SIZE,
		(const void *)READ_PTR(type, struct file_system_type, name));

	if (size > 0 && size <= WALK_TYPE_SIZE) {
		s->name[(size - 1) & (BW_NAME_SIZE - 1)] = ':';
		put_front(s, size);
	}
}

BW_ONCE int object_path(__u32 room, __u64 dentry)
{
	struct bw_scratch *s = scratch_at(room);
	struct words c = {.s = s};

	if (!s)
		return 0;
	s->path_at = PATH_END;
	s->path_cut = 0;
	walk_up(room, dentry);
	bpf_loop(s->depth & (2 * BAILIWICK_DEPTH_MAX - 1), word_step, &c, 0);
	if (s->end == WALK_ANON)
		put_type(s);
	else if (s->end != WALK_PATH)
		s->path_cut = 1;
	else if (s->prefix)
		put_prefix(s);
	else if (!s->depth) {
		s->name[0] = '/';
		put_front(s, 1);
	}
	return 0;
}
