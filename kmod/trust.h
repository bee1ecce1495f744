/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose signatures count: two keyrings, filled once, and who has signed an image. */
#ifndef BW_TRUST_H
#define BW_TRUST_H

#include <linux/types.h>
#include <net/netlink.h>

enum bw_group { BW_AUTHOR, BW_APPROVER, BW_GROUPS };

/* Bytes of somebody else, valid during the call; size 0 is none. */
struct bw_bytes {
	const u8 *data;
	u32 size;
};

/*
 * All of this under bw_lock.
 *
 * bw_trust_fill() - both groups at once, from nests of CERTIFICATE; all or nothing
 *	The errors are those of BAILIWICK_CMD_TRUST.  Nothing is ever added later.
 * bw_trust_people() - how many people have signed these bytes: 0, 1 or 2
 *	@signatures: one per group.  One that is given must be good: -EBADMSG for
 *	another form, -EKEYREJECTED for another's or over other bytes.
 *	While there are no keys the answer is 0.
 */
int bw_trust_fill(const struct nlattr *authors, const struct nlattr *approvers,
		  const char **why);
bool bw_trust_filled(void);
u32 bw_trust_keys(enum bw_group group);
int bw_trust_people(const struct bw_bytes *bytes, const struct bw_bytes signatures[BW_GROUPS],
		    const char **why);

/* At exit: nobody else has a reference on the keyrings. */
void bw_trust_exit(void);

#ifdef DEBUG
bool bw_trust_selftest(void);
#endif

#endif
