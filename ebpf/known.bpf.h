/* SPDX-License-Identifier: GPL-2.0-only */
/* Labels remembered with their inodes, valid exactly while nothing moved. */
#ifndef BAILIWICK_KNOWN_BPF_H
#define BAILIWICK_KNOWN_BPF_H

#include "emit.bpf.h"

/*
 * What a label was found from: the image, the dentry's name and directory, the
 * directories above it, the mounts.  A remembered label holds while
 *
 *   word      the image in force is the same;
 *   dentry    it is the same dentry: one that is made anew, even at the same
 *             address, passes d_instantiate, which forgets;
 *   sequence  the dentry was not renamed (__d_move raises d_seq first), with its
 *             directory and its name's hash and size beside it, since the
 *             sequence has 32 bits;
 *   moves     no directory was moved and no mount was: bw_moves is raised before
 *             a directory moves, mount_lock's sequence before and after a mount does.
 *
 * All of these change before the path does, so who finds them unchanged decides as
 * of that moment.  What is written was found between two equal, even readings of
 * rename_lock and mount_lock, so nothing half moved is ever remembered.
 *
 * Of a directory in which all names lead to one state of the automaton that state is
 * remembered, too: what lies in it has its label whatever it is called, also a name
 * that is just being made and has nothing to be remembered with.
 */

enum {
	KNOWN_NOT,
	KNOWN_ALLOW,
	KNOWN_BELOW,		/* the same, by its directory: nothing is remembered of itself */
	KNOWN_DENY,		/* and counted */
	KNOWN_CLOSED,		/* it denies, and that was not told: for settle_known() */
};

/*
 * The answer by the label remembered of the dentry's inode.  KNOWN_NOT: it is to be
 * judged; what is known of its directory stands in the question, for judge_object().
 * The dentry is one the kernel holds for the hook.
 */
BW_SHARED int known_judge(struct question *q, struct dentry *dentry);

/* After judge_object(): remember the directory's state and, where `own`, the label. */
BW_SHARED int known_keep(struct question *q, struct dentry *dentry, int own);

#endif
