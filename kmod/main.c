// SPDX-License-Identifier: GPL-2.0-only
/* Module entry and exit. */
#include <linux/module.h>
#include <linux/version.h>

#include "genl.h"
#include "image.h"
#include "slot.h"

static int __init bw_init(void)
{
	int err;

#ifdef DEBUG
	if (!bw_image_selftest() || !bw_slot_selftest())
		return -ENOTRECOVERABLE;
#endif
	err = bw_genl_init();
	if (err)
		return err;

	pr_info("bailiwick: ABI %u, holding nothing yet\n", BAILIWICK_ABI);
	return 0;
}

static void __exit bw_exit(void)
{
	/* Nothing is held here: hold.c keeps a reference on the module while it holds. */
	bw_genl_exit();
}

module_init(bw_init);
module_exit(bw_exit);

/* bpf_map_get() and bpf_link_get_from_fd() live there from 6.10 on. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS("BPF_INTERNAL");
#else
MODULE_IMPORT_NS(BPF_INTERNAL);
#endif
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Bailiwick: keeper of the policy slots");
