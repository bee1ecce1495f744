// SPDX-License-Identifier: GPL-2.0-only
/* Watching: what inotify, dnotify and fanotify would tell of a file or of all below it. */
#include "place.bpf.h"
#include "question.bpf.h"

/*
 * Who watches a directory learns the names in it.  A mark on a mount or on a
 * whole filesystem tells of every name it holds.
 */
SEC("lsm/path_notify")
int BPF_PROG(bw_watch, struct path *path, __u64 mask, unsigned int kind)
{
	struct question q;

	if (!question_open(&q))
		return 0;
	q.dentry = READ_PTR((__u64)path, struct path, dentry);
	if (kind) {			/* FSNOTIFY_OBJ_TYPE_INODE is 0 */
		q.dentry = place_top(q.dentry);
		q.rights = BAILIWICK_RIGHT_LIST;
		q.subtree = BELOW_ALL;
	} else if ((dentry_mode(q.dentry) & S_IFMT) == S_IFDIR) {
		q.rights = BAILIWICK_RIGHT_LIST;
	} else {
		q.rights = BAILIWICK_RIGHT_STAT;
		q.instead = BAILIWICK_RIGHT_READ;
	}
	if (judge_object(&q))
		return -EACCES;
	return 0;
}
