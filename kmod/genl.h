/* SPDX-License-Identifier: GPL-2.0-only */
/* The netlink family of include/uapi/bailiwick/genl.h. */
#ifndef BW_GENL_H
#define BW_GENL_H

#include <linux/init.h>
#include <linux/types.h>

int __init bw_genl_init(void);
void bw_genl_exit(void);

/* bw_genl_tell() - what nobody asked for happened, told as this command; under bw_lock */
void bw_genl_tell(u8 command);

#endif
