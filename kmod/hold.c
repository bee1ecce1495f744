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
static struct bpf_prog *programs[BAILIWICK_PROGRAMS_MAX];
static u32 program_count;
static struct bpf_link *on_demand;

static void links_put(void)
{
	if (on_demand)
		bpf_link_put(on_demand);
	on_demand = NULL;
	while (program_count)
		bpf_prog_put(programs[--program_count]);
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
	return held_count + (on_demand != NULL);
}

/* LSM programs, and those the kernel runs for an iterator. */
static struct bpf_prog *program_get(u32 fd)
{
	struct bpf_prog *program = bpf_prog_get_type_dev(fd, BPF_PROG_TYPE_LSM, false);

	if (IS_ERR(program))
		program = bpf_prog_get_type_dev(fd, BPF_PROG_TYPE_TRACING, false);
	return program;
}

int bw_hold_programs(const u32 *fds, u32 count, const char **why)
{
	u32 i;

	lockdep_assert_held(&bw_lock);
	for (i = 0; i < count; i++) {
		struct bpf_prog *program = program_get(fds[i]);

		if (IS_ERR(program)) {
			*why = "a program descriptor is neither an LSM program nor a tracing one";
			return PTR_ERR(program);	/* bw_hold_release() puts the others */
		}
		programs[program_count++] = program;
	}
	return 0;
}

static bool comes_and_goes(const struct bpf_link *link)
{
	u32 i;

	for (i = 0; i < program_count; i++)
		if (link->prog == programs[i])
			return link->prog->type == BPF_PROG_TYPE_LSM;
	return false;
}

int bw_hold_on_demand(u32 fd, const char **why)
{
	struct bpf_link *link;

	lockdep_assert_held(&bw_lock);
	if (on_demand) {
		*why = "such a link is held already";
		return -EEXIST;
	}
	link = bpf_link_get_from_fd(fd);
	if (IS_ERR(link)) {
		*why = "a link descriptor is no BPF link";
		return PTR_ERR(link);
	}
	if (!is_our_kind(link) || !comes_and_goes(link)) {
		*why = "not the link of a program that comes and goes";
		bpf_link_put(link);
		return -EINVAL;
	}
	on_demand = link;
	return 0;
}

int bw_hold_let_go(const char **why)
{
	lockdep_assert_held(&bw_lock);
	if (!on_demand) {
		*why = "no link that comes and goes is held";
		return -ENOENT;
	}
	bpf_link_put(on_demand);
	on_demand = NULL;
	return 0;
}

bool bw_hold_has_on_demand(void)
{
	lockdep_assert_held(&bw_lock);
	return on_demand != NULL;
}
