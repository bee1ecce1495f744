// SPDX-License-Identifier: GPL-2.0-only
/* The links: as long as they are held, the programs stay attached. */
#include <linux/bpf.h>
#include <linux/err.h>
#include <linux/module.h>

#include <bailiwick/genl.h>

#include "hold.h"
#include "slot.h"

/* Guarded by bw_lock; held[0..held_count) each own one reference. */
static struct bpf_link *held[BAILIWICK_LINKS_MAX];
static u32 held_count;

static void links_put(void)
{
	while (held_count)
		bpf_link_put(held[--held_count]);
}

/*
 * A tracing link offers neither detach nor update, so whoever else has a
 * descriptor of it cannot take the program off its hook.
 */
static bool is_our_kind(const struct bpf_link *link)
{
	return link->type == BPF_LINK_TYPE_TRACING && link->prog &&
	       (link->prog->type == BPF_PROG_TYPE_LSM ||
		link->prog->type == BPF_PROG_TYPE_TRACING);
}

int bw_hold_take(const u32 *fds, u32 count, const char **why)
{
	u32 i;

	lockdep_assert_held(&bw_lock);
	for (i = 0; i < count; i++) {
		struct bpf_link *link = bpf_link_get_from_fd(fds[i]);

		if (IS_ERR(link)) {
			*why = "a link descriptor is no BPF link";
			links_put();
			return PTR_ERR(link);
		}
		held[held_count++] = link;
		if (!is_our_kind(link)) {
			*why = "a link attaches neither an LSM program nor a tracing one";
			links_put();
			return -EINVAL;
		}
	}
	__module_get(THIS_MODULE);
	return 0;
}

void bw_hold_release(void)
{
	lockdep_assert_held(&bw_lock);
	links_put();
	module_put(THIS_MODULE);
}

u32 bw_hold_count(void)
{
	lockdep_assert_held(&bw_lock);
	return held_count;
}
