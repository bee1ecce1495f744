/* SPDX-License-Identifier: Apache-2.0 */
/* Taking back what running processes hold: in a child, which may wait and change namespaces */
#ifndef BAILIWICK_DAEMON_TAKEBACK_H
#define BAILIWICK_DAEMON_TAKEBACK_H

#include "daemon/report.h"

/**
 * struct finding - a thing a process holds that the policy in force forbids it
 * @item:	what the report says of it; fate and how are decided here
 * @netns:	REPORT_CONNECTION and its like: inode number of the network
 *		namespace, 0 where it is that of the process
 * @inode:	of the socket's descriptor
 */
struct finding {
	struct report_item item;
	uint64_t netns;
	uint64_t inode;
};

/* Valid during the call; return non-zero to stop, it is what the finder returns then */
typedef int finding_fn(void *context, const struct finding *finding);

/* What to look for; sockets first, since what is connected can be ended at once */
#define FIND_SOCKETS 1u
#define FIND_FILES 2u		/* and threads that are somebody else */
#define FIND_MAPPINGS 4u

/** finder_fn - tell every finding of these kinds on this machine; 0 or a negative errno */
typedef int finder_fn(void *context, unsigned int kinds, finding_fn *found, void *found_context);

/**
 * takeback_run() - end sockets, find the rest, look for calls under way, kill where asked
 * @kill:	end the processes that still hold something
 *
 * Everything is told to @report.  The caller may end up in another network
 * namespace for a moment, so it has one thread.
 */
void takeback_run(finder_fn *find, void *context, bool kill, struct report *report);

#endif
