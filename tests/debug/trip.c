// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * One mistake of each kind that the debug kernel is to notice: what finds none in the
 * product must find these in the same machine.  It never stays loaded.
 *
 * insmod trip.ko what=none|rcu|sleep|shift|list|warn|timer|leak|lock|beyond|freed
 */
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

static char *what = "none";
module_param(what, charp, 0444);
MODULE_PARM_DESC(what, "the mistake to make");

/* What the compiler must not see through. */
static volatile unsigned int many = 40;
static volatile unsigned int length = 100;

static void __init rcu_without_lock(void)
{
	static int __rcu *pointer;

	(void)rcu_dereference(pointer);
}

static DEFINE_SPINLOCK(spin);

static void __init sleep_under_spinlock(void)
{
	spin_lock(&spin);
	might_sleep();
	spin_unlock(&spin);
}

static void __init shift_too_far(void)
{
	many = 1U << many;
}

/* The kernel refuses to enter what it finds not to be in order, and says so. */
static void __init list_of_strangers(void)
{
	static LIST_HEAD(head);
	static LIST_HEAD(stranger);
	static struct list_head entry;

	head.next = &stranger;
	list_add(&entry, &head);
}

static void __init warn(void)
{
	WARN(1, "trip: as it was asked to\n");
}

static void at_some_time(struct timer_list *timer)
{
}

/* Freed while it is to go off in an hour: the kernel takes it off its list first. */
static void __init timer_in_freed_memory(void)
{
	struct timer_list *timer = kmalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	timer_setup(timer, at_some_time, 0);
	mod_timer(timer, jiffies + 3600 * HZ);
	kfree(timer);
}

/* Several, since a register or a stack may still hold one of them. */
static void __init leak(void)
{
	int i;

	for (i = 0; i < 16; i++) {
		void *volatile lost = kmalloc(4321, GFP_KERNEL);

		lost = NULL;
	}
}

static DEFINE_MUTEX(one);
static DEFINE_MUTEX(other);

static void __init locks_in_both_orders(void)
{
	mutex_lock(&one);
	mutex_lock(&other);
	mutex_unlock(&other);
	mutex_unlock(&one);

	mutex_lock(&other);
	mutex_lock(&one);
	mutex_unlock(&one);
	mutex_unlock(&other);
}

static void __init beyond_the_end(void)
{
	volatile char *bytes = kmalloc(length, GFP_KERNEL);

	if (bytes)
		bytes[length] = 1;
	kfree((void *)bytes);
}

/* Read, not written: KASAN keeps its own list in what was freed. */
static void __init after_it_was_freed(void)
{
	volatile char *bytes = kmalloc(length, GFP_KERNEL);

	kfree((void *)bytes);
	if (bytes)
		(void)bytes[length / 2];
}

static const struct {
	const char *name;
	void (*make)(void);
} mistakes[] __initconst = {
	{ "rcu", rcu_without_lock },
	{ "sleep", sleep_under_spinlock },
	{ "shift", shift_too_far },
	{ "list", list_of_strangers },
	{ "warn", warn },
	{ "timer", timer_in_freed_memory },
	{ "leak", leak },
	{ "lock", locks_in_both_orders },
	{ "beyond", beyond_the_end },
	{ "freed", after_it_was_freed },
};

static int __init trip_init(void)
{
	int i;

	if (!strcmp(what, "none"))
		return -ECANCELED;
	for (i = 0; i < ARRAY_SIZE(mistakes); i++) {
		if (strcmp(what, mistakes[i].name))
			continue;
		mistakes[i].make();
		return -ECANCELED;
	}
	return -EINVAL;
}

module_init(trip_init);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Mistakes for the debug kernel to notice");
