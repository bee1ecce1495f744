// SPDX-License-Identifier: GPL-2.0-only
/* From a dentry up to the root: d_parent, then the mount, then on. */
#include "place.bpf.h"
#include "pseudo.bpf.h"

extern const void init_user_ns __ksym;

#define SB_KERNMOUNT (1ul << 22)
#define SB_NOUSER (1ul << 31)

/* Mounts looked at to find the place of one filesystem. */
#define MOUNT_STEPS (1u << 18)
#define WALK_STEPS (BAILIWICK_DEPTH_MAX + BAILIWICK_MOUNT_DEPTH_MAX + 2)

static __always_inline int walk_fail(struct bw_scratch *s, __u32 reason)
{
	s->end = WALK_UNKNOWN;
	s->reason = reason;
	return 1;
}

/* A filesystem is entered, from the object or through a mount: 1 ends the walk. */
static __always_inline int walk_enter(struct bw_scratch *s, struct walk *c)
{
	__u64 flags;

	s->super = READ_PTR(s->dentry, struct dentry, d_sb);
	if (!s->super)
		return walk_fail(s, BAILIWICK_REASON_NO_MOUNT);
	s->base = s->depth;
	flags = READ_PTR(s->super, struct super_block, s_flags);
	prefix_find(s, c);
	if (s->prefix)
		return 0;
	if (flags & (SB_NOUSER | SB_KERNMOUNT)) {
		if (s->mounts)
			return walk_fail(s, BAILIWICK_REASON_NO_MOUNT);
		s->end = WALK_ANON;
		return 1;
	}
	if (READ_PTR(s->super, struct super_block, s_user_ns) != (__u64)&init_user_ns) {
		s->end = WALK_UNTRUSTED;
		s->reason = BAILIWICK_REASON_UNTRUSTED;
		return 1;
	}
	return 0;
}

/*
 * One mount of the filesystem: is it in the initial namespace, with the dentry
 * the walk stands on as its root?
 */
static long full_mount_step(__u32 i, struct walk *c)
{
	struct bw_scratch *s = c->s;
	__u64 mount = s->node - bpf_core_field_offset(struct mount, mnt_instance);

	if (!s->node || s->node == (__u64)FIELD_AT(s->super, struct super_block, s_mounts))
		return 1;
	if (READ_PTR(mount, struct mount, mnt_ns) == s->home &&
	    READ_PTR(mount, struct mount, mnt.mnt_root) == s->dentry) {
		s->mount = mount;
		return 1;
	}
	s->node = READ_PTR(s->node, struct list_head, next);
	return 0;
}

/* The first mount whose root is above the object.  One step: one name, one mount's root. */
static long partial_mount_step(__u32 i, struct walk *c)
{
	struct bw_scratch *s = c->s;
	__u64 mount = s->node - bpf_core_field_offset(struct mount, mnt_instance);

	if (!s->node || s->node == (__u64)FIELD_AT(s->super, struct super_block, s_mounts))
		return 1;
	if (s->at <= s->depth && READ_PTR(mount, struct mount, mnt_ns) == s->home) {
		__u64 above = s->at < s->depth ? s->chain[s->at & BW_CHAIN_MASK] : s->dentry;

		if (READ_PTR(mount, struct mount, mnt.mnt_root) == above) {
			s->mount = mount;
			s->depth = s->at;	/* names above the mount's root do not count */
			return 1;
		}
		s->at++;
		return 0;
	}
	s->at = s->base;
	s->node = READ_PTR(s->node, struct list_head, next);
	return 0;
}

/* The root of a filesystem is reached: on to where it is mounted, 1 ends the walk. */
static __always_inline int walk_leave(struct bw_scratch *s, struct walk *c)
{
	__u64 parent;

	if (s->prefix)
		return 1;
	if (++s->mounts > BAILIWICK_MOUNT_DEPTH_MAX)
		return walk_fail(s, BAILIWICK_REASON_TOO_DEEP);
	s->mount = 0;
	s->node = READ_PTR(s->super, struct super_block, s_mounts.next);
	/* Subvolumes are mounted in parts: mounting the whole later must not rename them. */
	if (READ_PTR(s->super, struct super_block, s_magic) != BTRFS_MAGIC)
		bpf_loop(MOUNT_STEPS, full_mount_step, c, 0);
	if (!s->mount) {
		s->at = s->base;
		s->node = READ_PTR(s->super, struct super_block, s_mounts.next);
		bpf_loop(MOUNT_STEPS, partial_mount_step, c, 0);
		s->partial = 1;
	}
	if (!s->mount)
		return walk_fail(s, BAILIWICK_REASON_NO_MOUNT);
	parent = READ_PTR(s->mount, struct mount, mnt_parent);
	if (parent == s->mount)
		return 1;			/* the root of the namespace */
	s->dentry = READ_PTR(s->mount, struct mount, mnt_mountpoint);
	/* Mounted over the first root of the namespace: nothing is above */
	if (parent == READ_PTR(s->home, struct mnt_namespace, root) &&
	    s->dentry == READ_PTR(parent, struct mount, mnt.mnt_root))
		return 1;
	return walk_enter(s, c);
}

static long walk_step(__u32 i, struct walk *c)
{
	struct bw_scratch *s = c->s;
	__u64 parent = READ_PTR(s->dentry, struct dentry, d_parent);

	if (!parent)
		return walk_fail(s, BAILIWICK_REASON_BAD_NAME);
	if (parent == s->dentry)
		return walk_leave(s, c);
	if (s->depth >= BAILIWICK_DEPTH_MAX)
		return walk_fail(s, BAILIWICK_REASON_TOO_DEEP);
	s->chain[s->depth & BW_CHAIN_MASK] = s->dentry;
	s->depth++;
	s->dentry = parent;
	return 0;
}

BW_SHARED int user_ns_is_initial(__u64 ns)
{
	return ns == (__u64)&init_user_ns;
}

BW_ONCE int walk_up(__u32 room, __u64 dentry)
{
	struct bw_scratch *s = scratch_at(room);
	struct walk c = {.s = s};

	if (!s)
		return 0;
	s->dentry = dentry;
	s->depth = 0;
	s->mounts = 0;
	s->partial = 0;
	s->end = WALK_PATH;
	s->reason = BAILIWICK_REASON_NONE;
	s->home = place_home();
	if (!s->home)
		return walk_fail(s, BAILIWICK_REASON_NO_MOUNT);
	if (walk_enter(s, &c)) {
		if (s->end == WALK_ANON) {	/* its own name is all it has */
			s->chain[0] = s->dentry;
			s->depth = 1;
		}
		return 0;
	}
	bpf_loop(WALK_STEPS, walk_step, &c, 0);
	return 0;
}
