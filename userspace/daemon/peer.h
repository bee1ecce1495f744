/* SPDX-License-Identifier: Apache-2.0 */
/* Who is at the other end of a control connection */
#ifndef BAILIWICK_DAEMON_PEER_H
#define BAILIWICK_DAEMON_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "state/state.h"

#define PEER_GROUP "bailiwick"	/* its members may read */
#define PEER_COMM_MAX 16

/**
 * struct peer - as the kernel knew it when it connected
 * @person:	uid, login uid, pid
 * @gid:	its group
 * @reads:	may ask
 * @changes:	may change
 * @comm:	name of the process, any bytes
 */
struct peer {
	struct state_person person;
	gid_t gid;
	bool reads;
	bool changes;
	char comm[PEER_COMM_MAX];
};

/** peer_group() - gid of PEER_GROUP in a group file, without asking a name service; -1 for none */
gid_t peer_group(const char *file);

/**
 * peer_read() - ask the kernel about a connected socket
 * @readers:	gid whose members may read, -1 for none
 *
 * Return: 0 or a negative errno.
 */
int peer_read(int socket, gid_t readers, struct peer *ret);

/** peer_login_uid() - audit login uid of a process, ~0 when unset or gone */
uint32_t peer_login_uid(pid_t pid);

#endif
