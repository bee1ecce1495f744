// SPDX-License-Identifier: Apache-2.0
/* Ending the processes that hold what cannot be taken back, and no others */
#include "daemon/ending.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/readfile.h"

#define ROUNDS 4		/* who forks faster than this is told of as left */
#define PATIENCE 5000		/* milliseconds for one process to be gone */

struct ending {
	struct report_item *process;	/* pid, start, uid, comm */
	size_t count, room;
	size_t sorted;			/* all of them, each once */
};

struct ending *ending_new(void)
{
	return calloc(1, sizeof(struct ending));
}

void ending_free(struct ending *ending)
{
	if (!ending)
		return;
	free(ending->process);
	free(ending);
}

void ending_add(struct ending *ending, const struct report_item *item)
{
	struct report_item *last = ending->count ? ending->process + ending->count - 1 : NULL;

	/* what one process holds mostly comes in one piece */
	if (last && last->pid == item->pid && last->start == item->start)
		return;
	if (ending->count == ending->room) {
		size_t room = ending->room ? ending->room * 2 : 64;
		struct report_item *more = reallocarray(ending->process, room, sizeof(*more));

		if (!more)
			return;		/* the report has it; it is not killed */
		ending->process = more;
		ending->room = room;
	}
	ending->process[ending->count] = (struct report_item){
		.what = REPORT_PROCESS,
		.pid = item->pid,
		.uid = item->uid,
		.start = item->start,
		.fd = -1,
	};
	memcpy(ending->process[ending->count].comm, item->comm, sizeof(item->comm));
	ending->count++;
}

static int by_process(const void *a, const void *b)
{
	const struct report_item *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return x->start < y->start ? -1 : x->start > y->start;
}

size_t ending_count(struct ending *ending)
{
	size_t kept = 0;

	if (ending->sorted == ending->count)
		return ending->count;
	qsort(ending->process, ending->count, sizeof(*ending->process), by_process);
	for (size_t i = 0; i < ending->count; i++)
		if (!kept || by_process(ending->process + kept - 1, ending->process + i))
			ending->process[kept++] = ending->process[i];
	ending->count = ending->sorted = kept;
	return kept;
}

/* Field 22 of /proc/PID/stat, behind a name that may hold anything; 0 when it is gone */
static uint64_t start_ticks(uint32_t pid)
{
	char path[64], text[1024];
	_cleanup_fclose_ FILE *file = NULL;
	unsigned long long start;
	const char *rest;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = 0;
	rest = strrchr(text, ')');
	if (!rest || sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
			    "%*d %*d %*d %*d %llu", &start) != 1)
		return 0;
	return start;
}

static bool same_process(const struct report_item *process)
{
	uint64_t tick = 1000000000u / (uint64_t)sysconf(_SC_CLK_TCK);

	return start_ticks(process->pid) == process->start / tick;
}

/* NULL, or why it is still there */
static const char *end_process(const struct report_item *process)
{
	_cleanup_close_ int fd = -1;
	struct pollfd gone = { .events = POLLIN };

	if (process->pid <= 1)
		return "init is not killed";
	if (process->pid == (uint32_t)getpid() || process->pid == (uint32_t)getppid())
		return "the controller does not kill itself";
	fd = (int)syscall(SYS_pidfd_open, process->pid, 0);
	if (fd < 0)
		return errno == ESRCH ? NULL : "it cannot be held by a descriptor";
	if (!same_process(process))
		return NULL;		/* gone: the number is another's */
	if (syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) < 0)
		return errno == ESRCH ? NULL : "it may not be killed";
	gone.fd = fd;
	return poll(&gone, 1, PATIENCE) == 1 ? NULL : "it was killed and is not gone yet";
}

static int on_found(void *context, const struct finding *finding)
{
	if (finding->item.what == REPORT_MAPPING)
		ending_add(context, &finding->item);
	return 0;
}

size_t ending_run(struct ending *ending, finder_fn *find, void *context, struct report *report)
{
	size_t left = 0;

	for (int round = 0; round < ROUNDS && ending_count(ending); round++) {
		left = 0;
		for (size_t i = 0; i < ending->count; i++) {
			struct report_item *process = ending->process + i;

			process->how = end_process(process);
			process->fate = process->how ? REPORT_KEPT : REPORT_ENDED;
			left += process->how != NULL;
			/* who cannot be ended is told of once */
			if (!process->how || round == 0)
				report_add(report, process);
		}
		ending->count = ending->sorted = 0;
		if (find(context, FIND_MAPPINGS, on_found, ending) < 0)
			break;
	}
	return ending_count(ending) > left ? ending_count(ending) : left;
}
