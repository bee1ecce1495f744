// SPDX-License-Identifier: GPL-2.0-only
/* The unit a task belongs to, by the names of its cgroup's ancestors. */
#include "unit.bpf.h"

#define CGROUP_STEPS (1u << 20)		/* a subject may nest what was delegated to it */
#define BYTES_PER_STEP 8

struct unit_walk {
	struct bw_scratch *s;
	image_t image;
	__u32 name;			/* offset of the binding's name in the image */
};

/* One level up; s->chain keeps the levels nearest to the root. */
static long level_up_step(__u32 i, struct unit_walk *c)
{
	struct bw_scratch *s = c->s;
	__u64 parent = READ_PTR(s->node, struct kernfs_node, parent);

	if (!parent) {
		s->settled = 1;
		return 1;
	}
	s->chain[s->depth & BW_CHAIN_MASK] = s->node;
	s->depth++;
	s->node = parent;
	return 0;
}

/* FNV-1a over s->name, in s->hash. */
static long hash_step(__u32 i, struct unit_walk *c)
{
	struct bw_scratch *s = c->s;
	__u64 hash = s->hash;
	__u32 j;

	for (j = 0; j < BYTES_PER_STEP; j++) {
		__u32 at = i * BYTES_PER_STEP + j;

		if (at >= s->name_size)
			break;
		hash = (hash ^ s->name[at & (BW_NAME_SIZE - 1)]) * FNV_PRIME;
	}
	s->hash = hash;
	return (i + 1) * BYTES_PER_STEP >= s->name_size;
}

/* s->at counts the bytes of s->name equal to the binding's. */
static long compare_step(__u32 i, struct unit_walk *c)
{
	struct bw_scratch *s = c->s;

	if (i >= s->name_size ||
	    image_load8(c->image, c->name + i) != s->name[i & (BW_NAME_SIZE - 1)])
		return 1;
	s->at++;
	return 0;
}

/* A hash finds the binding, the bytes prove it. */
static __always_inline void bind_unit(struct unit_walk *c)
{
	struct bw_scratch *s = c->s;
	__u32 binding;

	binding = binding_find(c->image, BAILIWICK_SUBJECT_UNIT, s->hash);
	if (!binding || image_load32(c->image, binding + DECIDE_FIELD(bailiwick_binding, name_size)) !=
			s->name_size)
		return;
	c->name = DECIDE_SECTION(c->image, STRINGS) +
		  image_load32(c->image, binding + DECIDE_FIELD(bailiwick_binding, name));
	s->at = 0;
	bpf_loop(BW_NAME_SIZE, compare_step, c, 0);
	if (s->at == s->name_size)
		s->unit_binding = binding;
}

static __always_inline __u8 name_byte(struct bw_scratch *s, __u32 from_end)
{
	return s->name[(s->name_size - from_end) & (BW_NAME_SIZE - 1)];
}

static __always_inline int is_slice(struct bw_scratch *s)
{
	return s->name_size > 6 && name_byte(s, 6) == '.' && name_byte(s, 5) == 's' &&
	       name_byte(s, 4) == 'l' && name_byte(s, 3) == 'i' && name_byte(s, 2) == 'c' &&
	       name_byte(s, 1) == 'e';
}

/* One level down from the root. */
static long level_down_step(__u32 i, struct unit_walk *c)
{
	struct bw_scratch *s = c->s;
	long size;

	if (i >= s->depth)
		return 1;
	size = bpf_probe_read_kernel_str(s->name, BW_NAME_SIZE, (const void *)
		READ_PTR(s->chain[(s->depth - 1 - i) & BW_CHAIN_MASK], struct kernfs_node, name));
	if (size <= 1)
		return 1;
	s->name_size = BOUNDED(size - 1, BW_NAME_SIZE - 1);
	s->unit_size = s->name_size;
	bpf_probe_read_kernel(s->unit, BW_NAME_SIZE, s->name);
	s->hash = FNV_START;
	bpf_loop(BW_NAME_SIZE / BYTES_PER_STEP, hash_step, c, 0);
	s->units[i & (BAILIWICK_CGROUP_DEPTH_MAX - 1)] = s->hash;
	s->unit_count = i + 1;
	if (c->image)
		bind_unit(c);
	return !is_slice(s);
}

BW_ONCE int unit_find(__u32 room, __u64 word, __u64 task)
{
	struct bw_scratch *s = scratch_at(room);
	struct unit_walk c = {.s = s, .image = word ? image_open(word) : NULL};

	if (!s)
		return BAILIWICK_REASON_BUSY;
	s->unit_binding = 0;
	s->unit_size = 0;
	s->unit_count = 0;
	s->depth = 0;
	s->settled = 0;
	s->node = (__u64)BPF_CORE_READ((struct task_struct *)task, cgroups, dfl_cgrp, kn);
	bpf_loop(CGROUP_STEPS, level_up_step, &c, 0);
	if (!s->settled)
		return BAILIWICK_REASON_TOO_DEEP;
	bpf_loop(BAILIWICK_CGROUP_DEPTH_MAX, level_down_step, &c, 0);
	return 0;
}
