// SPDX-License-Identifier: GPL-2.0-only
/* Module entry and exit. */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/version.h>

#include "clock.h"
#include "genl.h"
#include "image.h"
#include "main.h"
#include "slot.h"
#include "trust.h"

/*
 * The way back for who can edit the boot line, "bailiwick.recovery=1" there: a
 * sealed machine that lost its keys or cannot live with its policy boots unsealed.
 * After loading nobody changes it.
 */
static bool recovery __ro_after_init;
module_param(recovery, bool, 0444);
MODULE_PARM_DESC(recovery, "take neither keys nor a seal: unsigned policies count");

bool bw_recovery(void)
{
	return recovery;
}

static int __init bw_init(void)
{
	int err;

#ifdef DEBUG
	if (!bw_image_selftest() || !bw_slot_selftest() || !bw_trust_selftest())
		return -ENOTRECOVERABLE;
#endif
	bw_clock_init();
	err = bw_genl_init();
	if (err)
		return err;

	if (recovery)
		pr_alert("bailiwick: RECOVERY: neither keys nor a seal are taken, unsigned policies count\n");

	pr_info("bailiwick: ABI %u, holding nothing yet\n", BAILIWICK_ABI);
	return 0;
}

static void __exit bw_exit(void)
{
	/* Nothing is held here: hold.c keeps a reference on the module while it holds. */
	bw_genl_exit();
	bw_clock_exit();
	bw_slot_exit();
	bw_trust_exit();
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
