// SPDX-License-Identifier: Apache-2.0
/* Taking back what running processes hold: in a child, which may wait and change namespaces */
#include "daemon/takeback.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/cleanup.h"
#include "daemon/ending.h"
#include "daemon/underway.h"

#define SOCKETS_MAX 1000000u	/* then they are counted and not ended: nobody has as many */

struct takeback {
	struct report *report;
	struct finding *sockets;
	size_t count, room;
	struct underway *underway;
	struct ending *ending;
};

/* How the last socket fared: it may stand in several processes */
struct outcome {
	enum report_fate fate;
	const char *how;
};

static const char refused[] = "refused whenever it is used";

/* --- collecting ------------------------------------------------------------------- */

static int keep_socket(struct takeback *t, const struct finding *finding)
{
	if (t->count == t->room) {
		size_t room = t->room ? t->room * 2 : 256;
		struct finding *more = room > SOCKETS_MAX ? NULL :
			reallocarray(t->sockets, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		t->sockets = more;
		t->room = room;
	}
	t->sockets[t->count] = *finding;
	t->sockets[t->count++].item.path = NULL;
	return 0;
}

static void tell_kept(struct takeback *t, struct report_item *item, const char *how)
{
	item->fate = REPORT_KEPT;
	item->how = how;
	report_add(t->report, item);
	ending_add(t->ending, item);
}

static int on_found(void *context, const struct finding *finding)
{
	struct takeback *t = context;
	struct report_item item = finding->item;

	switch (item.what) {
	case REPORT_MAPPING:
		tell_kept(t, &item, "mapped pages are used without a system call");
		return 0;
	case REPORT_CONNECTION:
	case REPORT_LISTENER:
	case REPORT_DATAGRAM:
		if (keep_socket(t, finding) < 0)
			tell_kept(t, &item, "no memory to end it; each use is refused");
		return 0;
	case REPORT_CALL:
	case REPORT_PROCESS:
		return 0;
	default:
		item.fate = REPORT_CUT;
		item.how = refused;
		report_add(t->report, &item);
		underway_add(t->underway, &item);
		return 0;
	}
}

/* --- sockets ------------------------------------------------------------------------ */

static int by_namespace(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (x->netns != y->netns)
		return x->netns < y->netns ? -1 : 1;
	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

/* The very socket that was found, or a negative errno: descriptors are used again */
static int borrow_socket(const struct finding *f)
{
	_cleanup_close_ int process = (int)syscall(SYS_pidfd_open, f->item.pid, 0), fd = -1;
	struct stat st;

	if (process < 0)
		return -errno;
	fd = (int)syscall(SYS_pidfd_getfd, process, f->item.fd, 0);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISSOCK(st.st_mode) || (f->inode && st.st_ino != f->inode))
		return -ESTALE;
	return TAKE_FD(fd);
}

static int open_namespace(const struct finding *f)
{
	_cleanup_close_ int fd = -1, socket = -1;
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/ns/net", f->item.pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && (!f->netns || (fstat(fd, &st) == 0 && st.st_ino == f->netns)))
		return TAKE_FD(fd);
	/* a socket stays in the namespace it was made in, wherever its holder goes */
	socket = borrow_socket(f);
	return socket < 0 ? socket : ioctl(socket, SIOCGSKNS);
}

static struct sockdiag *open_diag(const struct finding *f)
{
	_cleanup_close_ int netns = open_namespace(f);
	struct sockdiag *diag = NULL;

	if (netns < 0 || sockdiag_open(netns, &diag) < 0)
		return NULL;
	return diag;
}

/* What SOCK_DESTROY does not know (MPTCP, one of several listeners on a port) is unconnected */
static int disconnect(const struct finding *f)
{
	_cleanup_close_ int socket = borrow_socket(f);
	struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	if (socket < 0)
		return socket;
	return connect(socket, &nobody, sizeof(nobody)) < 0 ? -errno : 0;
}

static struct outcome outcome_of(const struct finding *f, int r)
{
	if (r == 0)
		return (struct outcome){ REPORT_CUT, "destroyed" };
	r = disconnect(f);
	if (r == 0)
		return (struct outcome){ REPORT_CUT, "disconnected" };
	/* the process, or its descriptor, went away meanwhile: others are told of under their own */
	if (r == -ESRCH || r == -EBADF || r == -ESTALE)
		return (struct outcome){ REPORT_CUT, "closed" };
	if (f->item.what == REPORT_DATAGRAM)
		return (struct outcome){ REPORT_CUT, refused };
	return (struct outcome){ REPORT_KEPT, "the kernel does not end it; each use is refused" };
}

static bool same_socket(const struct finding *a, const struct finding *b)
{
	return a->inode && a->inode == b->inode && a->netns == b->netns;
}

/* Findings from @first on that one exchange with the kernel can end: their number */
static size_t end_some(struct takeback *t, size_t first, struct sockdiag *diag)
{
	const struct sockdiag_socket *sockets[SOCKDIAG_BATCH] = { NULL };
	int results[SOCKDIAG_BATCH];
	struct outcome outcome = { 0 };
	size_t n = 0, i = first, last;

	for (; i < t->count && t->sockets[i].netns == t->sockets[first].netns; i++) {
		if (i > first && same_socket(t->sockets + i, t->sockets + i - 1))
			continue;
		if (n == SOCKDIAG_BATCH || (n && !t->sockets[i].netns))
			break;
		sockets[n++] = &t->sockets[i].item.socket;
	}
	last = i;
	sockdiag_destroy_many(diag, sockets, n, results);
	for (i = first, n = 0; i < last; i++) {
		struct finding *f = t->sockets + i;

		if (i == first || !same_socket(f, f - 1))
			outcome = outcome_of(f, results[n++]);
		if (outcome.fate == REPORT_KEPT) {
			tell_kept(t, &f->item, outcome.how);
			continue;
		}
		f->item.fate = outcome.fate;
		f->item.how = outcome.how;
		report_add(t->report, &f->item);
	}
	return last - first;
}

static void end_sockets(struct takeback *t)
{
	struct sockdiag *diag = NULL;

	if (t->count)
		qsort(t->sockets, t->count, sizeof(*t->sockets), by_namespace);
	for (size_t i = 0; i < t->count; i += end_some(t, i, diag)) {
		const struct finding *f = t->sockets + i;

		if (i && f->netns && f->netns == f[-1].netns)
			continue;
		sockdiag_close(diag);
		diag = open_diag(f);
	}
	sockdiag_close(diag);
	t->count = 0;
}

/* --- all of it ----------------------------------------------------------------------- */

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

static void done(struct takeback *t)
{
	free(t->sockets);
	underway_free(t->underway);
	ending_free(t->ending);
}

static int find_all(struct takeback *t, finder_fn *find, void *context)
{
	struct report_totals *totals = report_totals(t->report);
	int r = find(context, FIND_SOCKETS, on_found, t), rest;

	report_mark(&totals->times, REPORT_TIME_SOCKETS);
	end_sockets(t);
	report_mark(&totals->times, REPORT_TIME_ENDED);
	rest = find(context, FIND_FILES | FIND_MAPPINGS, on_found, t);
	report_mark(&totals->times, REPORT_TIME_FOUND);
	return r < 0 ? r : rest;
}

void takeback_run(finder_fn *find, void *context, bool kill, struct report *report)
{
	struct takeback t = { .report = report, .underway = underway_new(), .ending = ending_new() };
	struct report_totals *totals = report_totals(report);
	uint64_t begin = now();
	int r;

	report_mark(&totals->times, REPORT_TIME_SWEEP);
	r = t.underway && t.ending ? find_all(&t, find, context) : -ENOMEM;
	if (r < 0)
		snprintf(totals->problem, sizeof(totals->problem),
			 "not everything that is open could be looked at: %s", strerror(-r));
	if (t.underway && t.ending) {
		end_sockets(&t);	/* that came with the rest */
		underway_tell(t.underway, report, t.ending);
		totals->holders = ending_count(t.ending);
		report_mark(&totals->times, REPORT_TIME_WHOLE);
		/* seen while the killing still waits for the dead */
		report_flush(report);
		if (kill)
			totals->holders = ending_run(t.ending, find, context, report);
	}
	report_flush(report);
	totals->microseconds = now() - begin;
	totals->complete = r == 0;
	done(&t);
}
