/* SPDX-License-Identifier: GPL-2.0-only */
/* Subjects that have no rights, whatever image is in force. */
#ifndef BW_QUARANTINE_H
#define BW_QUARANTINE_H

#include <linux/types.h>

#include <bailiwick/genl.h>

#include "trust.h"

/*
 * They stand in the control map, beside the word: no image holds them, so none ends
 * them, and neither does a flip.  All of this under bw_lock.
 *
 * bw_quarantine_add() - one more, from the next epoch on, which begins at once
 *	@name: what the signers of a lift must see; at most BAILIWICK_QUARANTINE_NAME_MAX
 * bw_quarantine_lift() - end the one that these bytes name, and no other
 *	The errors are those of BAILIWICK_CMD_QUARANTINE and BAILIWICK_CMD_LIFT.
 */
int bw_quarantine_add(const struct bailiwick_quarantine *wanted, const char *name,
		      const char **why);
int bw_quarantine_lift(const struct bw_bytes *lift, const struct bw_bytes signatures[BW_GROUPS],
		       const char **why);

#endif
