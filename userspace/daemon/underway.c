// SPDX-License-Identifier: Apache-2.0
/* System calls that began before a right was lost, and have not come back yet */
#include "daemon/underway.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "daemon/ending.h"

struct held {
	struct report_item item;
	char *path;
};

struct underway {
	struct held *held;		/* what one process holds stands together */
	size_t count, room;
	size_t processes;
	bool more;
};

struct underway *underway_new(void)
{
	return calloc(1, sizeof(struct underway));
}

void underway_free(struct underway *u)
{
	if (!u)
		return;
	for (size_t i = 0; i < u->count; i++)
		free(u->held[i].path);
	free(u->held);
	free(u);
}

static bool new_process(const struct underway *u, const struct report_item *item)
{
	const struct report_item *last = u->count ? &u->held[u->count - 1].item : NULL;

	return !last || last->pid != item->pid || last->start != item->start;
}

void underway_add(struct underway *u, const struct report_item *item)
{
	struct held *held;

	if (item->fd < 0 || u->more)
		return;
	if (new_process(u, item) && ++u->processes > UNDERWAY_PROCESSES_MAX) {
		u->more = true;
		return;
	}
	if (u->count == u->room) {
		size_t room = u->room ? u->room * 2 : 64;
		struct held *more = reallocarray(u->held, room, sizeof(*more));

		if (!more) {
			u->more = true;
			return;
		}
		u->held = more;
		u->room = room;
	}
	held = u->held + u->count++;
	held->item = *item;
	held->path = item->path ? strndup(item->path, item->path_size) : NULL;
	held->item.path = held->path;
	if (!held->path)
		held->item.path_size = 0;
}

/* Calls whose first argument is the descriptor they wait on */
static bool about_first(long call)
{
	switch (call) {
	case SYS_read: case SYS_readv: case SYS_pread64: case SYS_preadv: case SYS_preadv2:
	case SYS_write: case SYS_writev: case SYS_pwrite64: case SYS_pwritev: case SYS_pwritev2:
	case SYS_recvfrom: case SYS_recvmsg: case SYS_recvmmsg:
	case SYS_sendto: case SYS_sendmsg: case SYS_sendmmsg: case SYS_accept: case SYS_accept4:
	case SYS_ioctl: case SYS_fallocate: case SYS_ftruncate: case SYS_getdents64:
		return true;
	default:
		return false;
	}
}

int underway_reads(const char *line, int ret[2])
{
	unsigned long long a, b, c;
	long call;

	/* "running" where it is on a processor: then nobody knows its arguments */
	if (sscanf(line, "%ld %llx %llx %llx", &call, &a, &b, &c) != 4)
		return 0;
	if (about_first(call)) {
		ret[0] = (int)a;
		return 1;
	}
	ret[0] = (int)a;
	switch (call) {
	case SYS_sendfile:
		ret[1] = (int)b;
		return 2;
	case SYS_splice:
	case SYS_copy_file_range:
		ret[1] = (int)c;
		return 2;
	case SYS_tee:
		ret[1] = (int)b;
		return 2;
	case SYS_vmsplice:
		return 1;
	default:
		return 0;
	}
}

static void tell(struct held *held, struct report *report, struct ending *ending)
{
	struct report_item item = held->item;

	item.what = REPORT_CALL;
	item.fate = REPORT_KEPT;
	item.how = "it began before the change and ends with what it waits for";
	report_add(report, &item);
	ending_add(ending, &item);
}

static void look_at(struct held *first, size_t count, const char *thread, struct report *report,
		    struct ending *ending)
{
	_cleanup_fclose_ FILE *file = NULL;
	char path[96], line[256];
	int fd[2], n;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task/%.16s/syscall", first->item.pid, thread);
	file = fopen(path, "re");
	if (!file || !fgets(line, sizeof(line), file))
		return;
	n = underway_reads(line, fd);
	for (int i = 0; i < n; i++)
		for (size_t h = 0; h < count; h++)
			if (first[h].item.fd == fd[i])
				tell(first + h, report, ending);
}

static void look_at_process(struct held *first, size_t count, struct report *report,
			    struct ending *ending)
{
	_cleanup_closedir_ DIR *threads = NULL;
	struct dirent *entry;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task", first->item.pid);
	threads = opendir(path);
	while (threads && (entry = readdir(threads)))
		if (entry->d_name[0] != '.')
			look_at(first, count, entry->d_name, report, ending);
}

void underway_tell(struct underway *u, struct report *report, struct ending *ending)
{
	struct report_totals *totals = report_totals(report);

	for (size_t i = 0, n; i < u->count; i += n) {
		for (n = 1; i + n < u->count && u->held[i + n].item.pid == u->held[i].item.pid; n++)
			;
		look_at_process(u->held + i, n, report, ending);
	}
	if (u->more && !totals->problem[0])
		snprintf(totals->problem, sizeof(totals->problem), "calls under way were looked for "
			 "in the first %d processes only", UNDERWAY_PROCESSES_MAX);
}
