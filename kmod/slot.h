/* SPDX-License-Identifier: GPL-2.0-only */
/* The two policy slots and the word that says which one is in force. */
#ifndef BW_SLOT_H
#define BW_SLOT_H

#include <linux/mutex.h>
#include <linux/types.h>

#include "image.h"

/* One command at a time: guards all state of slot.c and hold.c. */
extern struct mutex bw_lock;

struct bw_slot_status {
	u32 slot_size;		/* bytes; 0 while no maps are adopted */
	u32 active;
	u64 epoch;		/* 0 while no policy is in force */
	u64 version;
	u64 switches;
	u8 digest[32];
};

/*
 * All of this under bw_lock.
 *
 * bw_slot_adopt() - take the maps and become their only writer
 *	-EINVAL for maps of another type, size or flags, for maps in use by mmap,
 *	and for a control word that already says a policy is in force: nobody
 *	vouches for its bytes.
 * bw_slot_switch() - copy the image into the other slot and flip
 *	-ESTALE when its version is not greater than the one in force.
 * bw_slot_rollback() - flip back, if the other slot holds @version
 * bw_slot_release() - give the maps back; they keep their bytes
 */
int bw_slot_adopt(u32 slots_fd, u32 control_fd, const char **why);
bool bw_slot_adopted(void);
u32 bw_slot_size(void);
int bw_slot_switch(const struct bw_image *image, const char **why);
int bw_slot_rollback(u64 version, const char **why);
void bw_slot_release(void);
void bw_slot_status(struct bw_slot_status *ret);

#ifdef DEBUG
bool bw_slot_selftest(void);
#endif

#endif
