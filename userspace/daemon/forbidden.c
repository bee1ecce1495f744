// SPDX-License-Identifier: Apache-2.0
/* What the kernel finds open and forbidden, as findings */
#include "daemon/forbidden.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <bailiwick/image.h>

#include "load/enforcement.h"

struct passing {
	finding_fn *found;
	void *context;
};

static enum report_what socket_kind(const struct bailiwick_open *item)
{
	if (item->family != AF_INET && item->family != AF_INET6)
		return REPORT_SOCKET;
	if (item->flags & BAILIWICK_OPEN_LISTENS)
		return REPORT_LISTENER;
	switch (item->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_MPTCP:
		return item->peer_port ? REPORT_CONNECTION : REPORT_SOCKET;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return item->peer_port ? REPORT_DATAGRAM : REPORT_SOCKET;
	default:
		return REPORT_SOCKET;
	}
}

static void fill_socket(const struct bailiwick_open *item, struct finding *ret)
{
	ret->item.what = socket_kind(item);
	ret->netns = item->netns;
	ret->inode = item->inode;
	if (item->family != AF_INET && item->family != AF_INET6)
		return;
	ret->item.socket = (struct sockdiag_socket){
		.family = (uint8_t)item->family,
		.protocol = (uint8_t)item->protocol,
		.state = (uint8_t)item->state,
		.local_port = item->local_port,
		.peer_port = item->peer_port,
		.cookie = item->cookie,
	};
	memcpy(ret->item.socket.local, item->local, sizeof(item->local));
	memcpy(ret->item.socket.peer, item->peer, sizeof(item->peer));
}

void forbidden_finding(const struct bailiwick_open *item, const char *path, struct finding *ret)
{
	*ret = (struct finding){ .item = {
		.pid = item->pid,
		.uid = item->uid,
		.start = item->begun,
		.fd = -1,
		.path = *path ? path : NULL,
		.path_size = strlen(path),
	} };
	memcpy(ret->item.comm, item->comm, sizeof(ret->item.comm));
	switch (item->kind) {
	case BAILIWICK_OPEN_SOCKET:
		ret->item.fd = (int)item->fd;
		fill_socket(item, ret);
		break;
	case BAILIWICK_OPEN_MAPPING:
		ret->item.what = REPORT_MAPPING;
		ret->item.rights = item->denied;
		ret->item.from = item->start;
		ret->item.to = item->end;
		ret->item.protection =
			(item->flags & BAILIWICK_OPEN_MAP_READ ? PROT_READ : 0u) |
			(item->flags & BAILIWICK_OPEN_MAP_WRITE ? PROT_WRITE : 0u) |
			(item->flags & BAILIWICK_OPEN_MAP_EXEC ? PROT_EXEC : 0u);
		break;
	case BAILIWICK_OPEN_THREAD:	/* its descriptors are its process's, its row is not */
		ret->item.what = REPORT_THREAD;
		break;
	default:
		ret->item.what = REPORT_FILE;
		ret->item.rights = item->denied;
		ret->item.fd = (int)item->fd;
		break;
	}
}

/* A connection that was ended still knows its peer, until its descriptor is closed */
static bool is_over(const struct bailiwick_open *item)
{
	return item->kind == BAILIWICK_OPEN_SOCKET && item->state == TCP_CLOSE &&
	       (item->family == AF_INET || item->family == AF_INET6) &&
	       (item->protocol == IPPROTO_TCP || item->protocol == IPPROTO_MPTCP);
}

/*
 * What a ring keeps is in no table, and a disk closes when it comes into use: nobody
 * knows whether any of it is forbidden.  The recheck stays attached, each use is judged.
 */
static bool is_unknown(const struct bailiwick_open *item)
{
	return item->kind == BAILIWICK_OPEN_RING || item->kind == BAILIWICK_OPEN_DISK;
}

/*
 * The hook self-test goes on meanwhile, and holds what it must be refused.  Nobody enters
 * its row who had one to lose: it takes in who has no role.
 */
static bool is_canary(const struct bailiwick_open *item)
{
	return item->row == BAILIWICK_ROW_CANARY;
}

static int on_open(void *context, const struct bailiwick_open *item, const char *path)
{
	struct passing *passing = context;
	struct finding finding;

	if (is_over(item) || is_unknown(item) || is_canary(item))
		return 0;
	forbidden_finding(item, path, &finding);
	return passing->found(passing->context, &finding);
}

int forbidden_find(void *enforcement, unsigned int kinds, finding_fn *found, void *found_context)
{
	struct passing passing = { found, found_context };
	unsigned int open = (kinds & FIND_SOCKETS ? OPEN_SOCKETS : 0) |
			    (kinds & FIND_FILES ? OPEN_FILES | OPEN_THREADS : 0) |
			    (kinds & FIND_MAPPINGS ? OPEN_MAPPINGS : 0);

	return enforcement_scan(enforcement, open, on_open, &passing);
}
