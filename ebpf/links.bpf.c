// SPDX-License-Identifier: GPL-2.0-only
/* A file with several hard links: find its names, judge each. */
#include "alias.bpf.h"
#include "own.bpf.h"
#include "settle.bpf.h"

/* What is done to an inode.  The rest is done to a name, and judged by it. */
#define OBJECT_RIGHTS (BAILIWICK_RIGHT_READ | BAILIWICK_RIGHT_WRITE | BAILIWICK_RIGHT_APPEND | \
		       BAILIWICK_RIGHT_EXEC | BAILIWICK_RIGHT_MAP_EXEC | BAILIWICK_RIGHT_LINK | \
		       BAILIWICK_RIGHT_SETATTR | BAILIWICK_RIGHT_XATTR | BAILIWICK_RIGHT_IOCTL | \
		       BAILIWICK_RIGHT_LOCK | BAILIWICK_RIGHT_STAT | BAILIWICK_RIGHT_UNIX_CONNECT)

/*
 * By these an overlay makes a copy of what it shows from below.  It has none of the names
 * of what it was made of, and so must hold nothing that is not to be read at one of them.
 */
#define COPIES (BAILIWICK_RIGHT_WRITE | BAILIWICK_RIGHT_APPEND | BAILIWICK_RIGHT_LINK | \
		BAILIWICK_RIGHT_SETATTR | BAILIWICK_RIGHT_XATTR | BAILIWICK_RIGHT_IOCTL)

/* --- judging ------------------------------------------------------------------------- */

/*
 * 1 when what is asked for is allowed under this label.  By itself, since it stands in
 * loops: inside them the verifier would go through it for every name anew.
 */
BW_ONCE int label_is_open(struct question *q, __u32 label)
{
	image_t image = q ? image_open(q->who.word) : NULL;

	if (!q || !image)
		return 0;
	if (holds(q, image, label))
		return 1;
	if (!q->who.row && !q->layer && q->label >= BAILIWICK_LABEL_FIRST &&
	    (own_may(q->cell, q->dentry) || own_may_look(q->denied)))
		return 1;
	return is_overlays(q);
}

/* Every name in memory; 1 when one of them is closed.  s->unlike: not all have this label. */
static __always_inline int names_closed(struct question *q, struct bw_scratch *s, __u32 room,
					__u32 own)
{
	__u32 i, label;

	s->unlike = 0;
	for (i = 0; i < BW_NAMES_MAX; i++) {
		if (i >= s->names)
			break;
		label = object_label(room, q->who.word, s->alias[i], 0, 0);
		if (!label_is_open(q, label))
			return 1;
		s->unlike |= label ^ own;
	}
	return 0;
}

/* Could the filesystem hold a name at which the row lacks the rights? */
static __always_inline int could_be_closed(const struct question *q, struct bw_scratch *s,
					   __u32 room)
{
	__u64 super = READ_PTR(q->dentry, struct dentry, d_sb);

	object_label(room, q->who.word, READ_PTR(super, struct super_block, s_root), 0, 0);
	return s->end != WALK_PATH ||
	       subtree_lacks(room, q->who.word, q->who.row, q->rights, 0);
}

enum {
	RECALL_NONE,
	RECALL_OPEN,
	RECALL_UNSEEN,		/* of an image that is gone, or not all could be looked at */
	RECALL_CLOSED,
};

static __always_inline int names_recall(struct question *q, const struct bw_scratch *s)
{
	struct bw_names *names = bpf_map_lookup_elem(&bw_names, &s->names_key);
	struct bw_links_state *state;
	__u32 j;

	if (!names) {
		state = links_state();
		return state && state->full == q->who.word ? RECALL_UNSEEN : RECALL_NONE;
	}
	if (names->word != q->who.word)
		return RECALL_UNSEEN;
	for (j = 0; j < BW_NAMES_LABELS; j++)
		if (names->label[j] && !label_is_open(q, names->label[j] - 1))
			return RECALL_CLOSED;
	return names->flags ? RECALL_UNSEEN : RECALL_OPEN;
}

static __always_inline int refuse_name(struct question *q, __u32 room, __u32 reason)
{
	q->object = BAILIWICK_OBJECT_PATH;
	q->reason = reason;
	if (!q->operation)
		q->operation = emit_operation(q->denied);
	return settle_here(q, room) ? LINKS_CLOSED : LINKS_DIFFER;
}

/* LINKS_ALIKE: nothing is remembered.  `all`: nobody has to remember, each name was judged. */
static __always_inline int judge_recalled(struct question *q, image_t image, struct bw_scratch *s,
					  __u32 room, int all)
{
	switch (names_recall(q, s)) {
	case RECALL_CLOSED:
		return refuse_name(q, room, BAILIWICK_REASON_OTHER_NAME);
	case RECALL_NONE:
		return LINKS_ALIKE;
	case RECALL_UNSEEN:
		if (all || own_may_look(q->rights) || !could_be_closed(q, s, room))
			break;
		q->label = BAILIWICK_LABEL_UNKNOWN;
		q->cell = decide_cell(image, q->who.row, BAILIWICK_LABEL_UNKNOWN);
		q->denied = q->rights;
		return refuse_name(q, room, BAILIWICK_REASON_NAMES_UNKNOWN);
	}
	return LINKS_DIFFER;
}

static __always_inline int links_judge_in(struct question *q, image_t image, struct bw_scratch *s,
					  __u32 room)
{
	__u64 inode = READ_PTR(q->dentry, struct dentry, d_inode);
	int below = alias_is_below(inode), all, answer;
	__u32 own = q->label;

	if (!below && READ_U32(inode, struct inode, i_nlink) < 2)
		return LINKS_ALIKE;
	all = names_find(room, q->dentry);
	if (names_closed(q, s, room, own))
		return refuse_name(q, room, BAILIWICK_REASON_OTHER_NAME);
	if (below && q->rights & COPIES) {
		q->rights |= BAILIWICK_RIGHT_READ;
		q->instead |= q->instead ? BAILIWICK_RIGHT_READ : 0;
	}
	answer = judge_recalled(q, image, s, room, all && !below);
	if (answer != LINKS_CLOSED)
		q->label = own;
	return answer == LINKS_ALIKE && (!all || s->unlike) ? LINKS_DIFFER : answer;
}

BW_ONCE int links_judge_copy(struct question *q)
{
	struct bw_scratch *s;
	image_t image;
	__u64 inode;
	__u32 room;
	int answer;

	if (!q)
		return LINKS_CLOSED;
	image = image_open(q->who.word);
	if (!image)
		return LINKS_CLOSED;
	inode = READ_PTR(q->dentry, struct dentry, d_inode);
	if (!alias_is_below(inode))
		return LINKS_ALIKE;
	room = scratch_claim();
	s = scratch_at(room);
	if (s) {
		key_of(&s->names_key, inode);
		answer = judge_recalled(q, image, s, room, 0);
	} else {
		q->denied = q->rights;
		answer = refuse_name(q, room, BAILIWICK_REASON_BUSY);
	}
	scratch_release(room);
	return answer;
}

BW_ONCE int links_judge(struct question *q)
{
	struct bw_scratch *s;
	image_t image;
	__u32 room;
	int answer;

	if (!q)
		return LINKS_CLOSED;
	if (q->rights & ~OBJECT_RIGHTS ||
	    (q->label && q->label < BAILIWICK_LABEL_FIRST))
		return LINKS_DIFFER;
	image = image_open(q->who.word);
	if (!image)
		return LINKS_CLOSED;
	room = scratch_claim();
	s = scratch_at(room);
	if (s) {
		answer = links_judge_in(q, image, s, room);
	} else {
		q->denied = q->rights;
		answer = refuse_name(q, room, BAILIWICK_REASON_BUSY);
	}
	scratch_release(room);
	return answer;
}
