// SPDX-License-Identifier: Apache-2.0
/* Who is at the other end of a control connection */
#include "daemon/peer.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/readfile.h"

#define PROC_FILE_MAX 4096

gid_t peer_group(const char *file)
{
	_cleanup_fclose_ FILE *stream = fopen(file, "re");
	struct group *group;

	while (stream && (group = fgetgrent(stream)))
		if (strcmp(group->gr_name, PEER_GROUP) == 0)
			return group->gr_gid;
	return (gid_t)-1;
}

/* Supplementary groups as they were at connect(2): nobody can change them afterwards */
static bool in_group(int socket, gid_t group)
{
	_cleanup_free_ gid_t *groups = NULL;
	socklen_t size = 0;

	if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) == 0 || errno != ERANGE)
		return false;
	groups = malloc(size);
	if (!groups || getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
		return false;
	for (size_t i = 0; i < size / sizeof(*groups); i++)
		if (groups[i] == group)
			return true;
	return false;
}

static int read_proc(pid_t pid, const char *what, char **ret, size_t *ret_size)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, what);
	return readfile(path, PROC_FILE_MAX, ret, ret_size);
}

uint32_t peer_login_uid(pid_t pid)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	if (read_proc(pid, "loginuid", &text, &size) != READFILE_FINE || !size)
		return UINT32_MAX;
	return (uint32_t)strtoul(text, NULL, 10);
}

static void read_comm(struct peer *peer)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	if (read_proc((pid_t)peer->person.pid, "comm", &text, &size) != READFILE_FINE)
		return;
	if (size && text[size - 1] == '\n')
		size--;
	if (size >= sizeof(peer->comm))
		size = sizeof(peer->comm) - 1;
	memcpy(peer->comm, text, size);
	peer->comm[size] = 0;
}

int peer_read(int socket, gid_t readers, struct peer *ret)
{
	struct ucred credentials;
	socklen_t size = sizeof(credentials);
	struct peer peer = { 0 };

	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
		return -errno;
	peer.person.uid = credentials.uid;
	peer.person.pid = (uint32_t)credentials.pid;
	peer.person.login_uid = peer_login_uid(credentials.pid);
	peer.gid = credentials.gid;
	peer.changes = credentials.uid == 0;
	peer.reads = peer.changes ||
		     (readers != (gid_t)-1 &&
		      (credentials.gid == readers || in_group(socket, readers)));
	read_comm(&peer);
	*ret = peer;
	return 0;
}
