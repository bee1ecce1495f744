// SPDX-License-Identifier: GPL-2.0-only
/* Labels remembered with their inodes; what makes them forgotten. */
#include "known.bpf.h"
#include "repeat.bpf.h"
#include "sequence.bpf.h"

#define S_PRIVATE 512			/* inode_operations without security: never told of */

/* Moves so far: of directories (or of anything, where they are not told apart), of mounts. */
struct moves {
	__u64 begun;
	__u32 mounts;
};

BW_SHARED __u64 walk_moves(void)
{
	return moves_now();
}

static __always_inline void moves_open(struct moves *ret, __u32 remember)
{
	ret->begun = remember == BAILIWICK_REMEMBER_BY_MOVES ? *(volatile __u64 *)&bw_moves :
							       walk_moves() >> 32;
	ret->mounts = sequence_of(&mount_lock);
}

/* What is remembered of this very dentry; 0 when that does not hold any more. */
static __always_inline int recall(struct bw_known *ret, __u64 word, const struct moves *moves,
				  struct dentry *dentry, struct inode *inode)
{
	struct bw_known *k = bpf_inode_storage_get(&bw_inodes, inode, 0, 0);
	__u64 turn;

	if (!k)
		return 0;
	turn = *(volatile __u64 *)&k->turn;
	if (turn & 1 || k->word != word || k->dentry != (__u64)dentry ||
	    k->begun != moves->begun || k->mounts != moves->mounts ||
	    k->parent != (__u64)dentry->d_parent ||
	    k->sequence != dentry->d_seq.seqcount.sequence ||
	    k->name != name_key(dentry))
		return 0;
	ret->label = k->label;
	ret->state = k->state;
	ret->depth = k->depth;
	ret->below = k->below;
	barrier();
	return *(volatile __u64 *)&k->turn == turn;
}

/*
 * What judge_object() would say without looking at the object again.  Two things may
 * still let pass what the cell denies: the task's own terminal, and an overlay at
 * work with other credentials.
 */
static __always_inline int judge_known(struct question *q, struct dentry *dentry,
				       struct inode *inode, __u32 label)
{
	image_t image = image_open(q->who.word);
	struct task_struct *task;
	__u32 cell;
	int told;

	if (!image)
		return KNOWN_NOT;
	q->label = label;
	cell = decide_cell(image, q->who.row, label);
	if (!decide_denied(cell, q->rights) || (q->instead && !decide_denied(cell, q->instead)))
		return KNOWN_ALLOW;
	task = bpf_get_current_task_btf();
	if (q->quiet || q->layer || (inode->i_mode & S_IFMT) == S_IFCHR ||
	    task->cred != task->real_cred)
		return KNOWN_NOT;
	told = repeat_of_known(q, dentry, cell);
	if (told)
		return told == 1 + BAILIWICK_VERDICT_DENIED ? KNOWN_DENY : KNOWN_ALLOW;
	/* Without a role the controller may what others may not. */
	return q->who.row ? KNOWN_CLOSED : KNOWN_NOT;
}

/* The same by the directory alone.  What is denied, or has a name too long, is looked at. */
static __always_inline int judge_below(struct question *q, struct dentry *dentry, __u32 below)
{
	image_t image = image_open(q->who.word);
	struct decide_automaton automaton;
	__u32 cell;

	if (!image || !below || below == BELOW_DIFFERS || q->moves & WALK_MOVING ||
	    dentry->d_name.len - 1 >= BAILIWICK_NAME_MAX)
		return KNOWN_NOT;
	automaton_open(image, &automaton);
	q->label = automaton_label(image, &automaton, below - 1);
	cell = decide_cell(image, q->who.row, q->label);
	if (decide_denied(cell, q->rights) && (!q->instead || decide_denied(cell, q->instead)))
		return KNOWN_NOT;
	q->state = below - 1;
	q->depth++;
	q->walked = 0;
	return KNOWN_BELOW;
}

/* Nothing is remembered of itself; apart, so that what is remembered does not pay for it. */
static __attribute__((noinline)) int judge_unknown(struct question *q, struct dentry *dentry)
{
	struct dentry *parent = dentry->d_parent;
	struct inode *inode;
	struct bw_known known;
	struct moves moves;

	if (parent == dentry)
		return KNOWN_NOT;
	/* Read before what is recalled: judge_object() finds out whether it still holds. */
	q->moves = walk_moves();
	moves_open(&moves, bw_remember);
	inode = parent->d_inode;
	q->below = 1;
	if (!inode || !recall(&known, q->who.word, &moves, parent, inode) ||
	    known.depth >= BAILIWICK_DEPTH_MAX)
		return KNOWN_NOT;
	q->known = 1;
	q->above = known.state;
	q->depth = known.depth;
	q->below = !known.below;
	return judge_below(q, dentry, known.below);
}

BW_SHARED int known_judge(struct question *q, struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;
	const __u32 remember = bw_remember;
	int answer, below = remember && !q->subtree;
	struct bw_known known;
	struct moves moves;

	if (below) {
		moves_open(&moves, remember);
		below = !inode || !recall(&known, q->who.word, &moves, dentry, inode);
		answer = below ? KNOWN_NOT : judge_known(q, dentry, inode, known.label);
		if (answer != KNOWN_NOT)
			return answer;
	}
	q->known = q->moves = q->below = 0;
	return below ? judge_unknown(q, dentry) : KNOWN_NOT;
}

/* One writer at a time; whoever comes second leaves it to the first. */
static __always_inline void write_known(struct question *q, struct dentry *dentry,
					struct inode *inode, __u32 label, __u32 state, __u32 depth,
					__u32 below)
{
	struct bw_known *k = bpf_inode_storage_get(&bw_inodes, inode, 0,
						   BPF_LOCAL_STORAGE_GET_F_CREATE);
	struct moves moves;
	__u64 turn;

	if (!k)
		return;
	turn = *(volatile __u64 *)&k->turn;
	if (turn & 1 || __sync_val_compare_and_swap(&k->turn, turn, turn + 1) != turn)
		return;
	moves_open(&moves, bw_remember);
	k->word = q->who.word;
	k->dentry = (__u64)dentry;
	k->parent = (__u64)dentry->d_parent;
	k->begun = moves.begun;
	k->mounts = moves.mounts;
	k->sequence = dentry->d_seq.seqcount.sequence;
	k->name = name_key(dentry);
	k->label = label;
	k->state = state;
	k->depth = depth;
	k->below = below;
	barrier();
	if (walk_moves() != q->moves)	/* what was found and what was read are of two times */
		k->dentry = 0;
	__sync_lock_test_and_set(&k->turn, turn + 2);
}

BW_SHARED int known_keep(struct question *q, struct dentry *dentry, int own)
{
	struct dentry *parent = dentry->d_parent;
	struct inode *inode = dentry->d_inode;
	struct decide_automaton automaton;
	image_t image;

	if (!bw_remember || !q->moves || q->subtree)
		return 0;
	if (own && inode && !(inode->i_flags & S_PRIVATE))
		write_known(q, dentry, inode, q->label, q->state, q->depth, 0);
	inode = parent->d_inode;
	if ((!q->walked && !q->below) || parent == dentry || !inode || q->depth >= BAILIWICK_DEPTH_MAX)
		return 0;
	image = image_open(q->who.word);
	if (!image)
		return 0;
	automaton_open(image, &automaton);
	write_known(q, parent, inode, automaton_label(image, &automaton, q->above), q->above,
		    q->depth - 1, q->below);
	return 0;
}
