/* SPDX-License-Identifier: Apache-2.0 */
/* Print what is open and forbidden to its holder, a line each; then how long it took */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "load/enforcement.h"
#include "load/open.h"

static int print(void *context, const struct bailiwick_open *o, const char *path)
{
	static const char *const kinds[] = { "?", "file", "mapping", "socket", "thread", "ring" };
	const int family = o->family == AF_INET6 ? AF_INET6 : AF_INET;
	char local[64], peer[64];

	++*(unsigned int *)context;
	printf("%s pid %u tid %u fd %u row %u denied %#x flags %#x comm %.16s", o->kind <= 5 ?
	       kinds[o->kind] : "?", o->pid, o->tid, o->fd, o->row, o->denied, o->flags,
	       (const char *)o->comm);
	if (o->kind == BAILIWICK_OPEN_MAPPING)
		printf(" pages %" PRIx64 "-%" PRIx64, (uint64_t)o->start, (uint64_t)o->end);
	if (o->kind == BAILIWICK_OPEN_SOCKET)
		printf(" family %u protocol %u state %u %s:%u %s:%u cookie %" PRIu64 " inode %" PRIu64
		       " netns %u", o->family, o->protocol, o->state,
		       inet_ntop(family, o->local, local, sizeof(local)), o->local_port,
		       inet_ntop(family, o->peer, peer, sizeof(peer)), o->peer_port,
		       (uint64_t)o->cookie, (uint64_t)o->inode, o->netns);
	printf(" path %s\n", path);
	return 0;
}

int main(void)
{
	struct enforcement *enforcement;
	struct enforcement_status status;
	struct timespec from, to;
	unsigned int count = 0;
	int r = enforcement_peek(&enforcement, &status);

	if (r) {
		printf("nothing is loaded, or it may not be looked at: %s\n", strerror(r < 0 ? -r : 0));
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &from);
	r = enforcement_scan(enforcement, OPEN_ALL, print, &count);
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("# %u found, %ld us, %s\n", count, (to.tv_sec - from.tv_sec) * 1000000L +
	       (to.tv_nsec - from.tv_nsec) / 1000, strerror(-r));
	enforcement_close(enforcement);
	return r ? 1 : 0;
}
