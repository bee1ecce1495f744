/* SPDX-License-Identifier: GPL-2.0-only */
/* What was said when the module was loaded. */
#ifndef BW_MAIN_H
#define BW_MAIN_H

#include <linux/types.h>

/* bw_recovery() - the boot line asked for a module that takes neither keys nor a seal */
bool bw_recovery(void);

#endif
