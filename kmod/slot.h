/* SPDX-License-Identifier: GPL-2.0-only */
/* The two policy slots and the word that says which one is in force. */
#ifndef BW_SLOT_H
#define BW_SLOT_H

#include <linux/mutex.h>
#include <linux/types.h>

#include <bailiwick/genl.h>

#include "image.h"

/* One command at a time: guards all state of this module. */
extern struct mutex bw_lock;

struct bw_slot_status {
	u32 slot_size;		/* bytes; 0 while no maps are adopted */
	u32 active;
	u64 epoch;		/* 0 while no policy is in force */
	u64 version;
	u64 switches;
	u64 floor;		/* versions below are refused */
	u8 digest[32];
	bool trusted;		/* both groups stand behind what is in force */
	bool sealed;
};

/*
 * All of this under bw_lock.
 *
 * bw_slot_adopt() - take the maps and become their only writer
 *	-EINVAL for maps of another type, size or flags, for maps in use by mmap,
 *	and for a control word that already says a policy is in force: nobody
 *	vouches for its bytes.
 * bw_slot_set_floor() - keys are in: versions below were taken before this boot, and
 *	what was taken without keys does not count
 * bw_slot_switch() - copy the image into the other slot and flip
 *	@people: how many have signed it
 *	@within: seconds to confirm it in, 0 for none
 *	-ESTALE when its version is not greater than the one in force and the
 *	floor, -ENOKEY when more people must sign, -EBUSY while another one waits.
 * bw_slot_confirm() - what waits stays
 * bw_slot_rollback() - flip back, if the other slot holds @version
 * bw_slot_time_up() - flip back: nobody confirmed
 * bw_slot_end_grants() - bindings whose time is over lead to the row `none` from now
 *	on; true when there was one.  Done at every switch and flip as well.
 * bw_slot_control() - the control map's value; after bw_slot_adopt()
 * bw_slot_renew() - the same image in a new epoch: every task is asked again who it is
 * bw_slot_seal() - from now on bw_slot_sealed(), until the machine boots again
 * bw_slot_release() - give the maps back; they keep their bytes
 * bw_slot_exit() - nothing of this file runs any more; without bw_lock
 */
int bw_slot_adopt(u32 slots_fd, u32 control_fd, const char **why);
bool bw_slot_adopted(void);
u32 bw_slot_size(void);
void bw_slot_set_floor(u64 version);
int bw_slot_switch(const struct bw_image *image, int people, u32 within, const char **why);
int bw_slot_confirm(u64 version, const char **why);
int bw_slot_rollback(u64 version, const char **why);
void bw_slot_time_up(void);
bool bw_slot_end_grants(void);
struct bailiwick_control *bw_slot_control(void);
void bw_slot_renew(void);
int bw_slot_seal(const char **why);
bool bw_slot_sealed(void);
void bw_slot_release(void);
void bw_slot_exit(void);
void bw_slot_status(struct bw_slot_status *ret);

#ifdef DEBUG
bool bw_slot_selftest(void);
#endif

#endif
