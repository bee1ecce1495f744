// SPDX-License-Identifier: Apache-2.0
/* How long a revocation takes, and whether it is whole, among thousands of processes. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * usage: crowd PROCESSES CONNECTIONS CHANGES USES [first]
 *
 * One user's processes, each with an open file, some with a connection.  They are made
 * and connect while nobody runs yet: among processes that never pause, whatever has to
 * be begun gets its turn when all of them had theirs.  Then they are let loose, each
 * says so, and all use what they hold at random times, USES times a second together;
 * 0: without a pause.  The role is taken; each process writes down when its last use
 * that worked began and ended.  After the command has returned everybody is called up,
 * still among all the others, and must be refused; then they rest, for the next time.
 *
 * A use is over when its process has written that down.  Who has used up his turn in
 * between does so a whole round later: among many that never pause, seconds.  So it is
 * shown, too, when the last use that worked began.
 *
 * first: the command is started as by `chrt -r 1`, before all ordinary processes.
 */
#define USER 1200
#define PORT 7000
#define FILE_NAME "/srv/crowd/file"

enum call {
	CALL_USE,		/* once more, and rest */
	CALL_CONNECT,		/* anew, once, and rest */
	CALL_LOOSE,		/* again and again, until the next call */
};

/* Nobody came for so long: they will not come. */
#define PATIENCE 120000000000ull

struct member {
	uint64_t began, ended;	/* of the last use that worked, CLOCK_MONOTONIC in ns */
	uint32_t called;	/* call answered last */
	uint32_t worked;	/* and did it? */
};

struct hall {
	uint32_t call;		/* number of the call; a futex */
	uint32_t kind;
	uint32_t answered;
	uint32_t gathered;
	struct member member[];
};

static struct hall *hall;
static unsigned int processes, connections, changes, uses;
static int *peers;		/* the server's ends; -1 when ended */
static int listener, ends;
static int failed, number;
static bool first;

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

static void check(bool good, const char *what, unsigned int change, unsigned long long figure)
{
	number++;
	printf("%sok %d - change %u: %s (%llu)\n", good ? "" : "not ", number, change, what, figure);
	failed |= !good;
}

/* --- one of the crowd ------------------------------------------------------------------ */

static struct sockaddr_in server = { .sin_family = AF_INET };

static int reach(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&server, sizeof(server)) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool use(struct member *self, int file, int connection)
{
	uint64_t began = now();
	bool read_it, sent;
	char byte;

	read_it = pread(file, &byte, 1, 0) == 1;
	sent = connection >= 0 && send(connection, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
	if (read_it || sent) {
		self->began = began;
		__atomic_store_n(&self->ended, now(), __ATOMIC_RELEASE);
	}
	return read_it || sent;
}

/* Until the next call, or so long; 0: however long it takes */
static void wait_for_call(uint32_t seen, uint64_t longest)
{
	struct timespec t = { (time_t)(longest / 1000000000u), (long)(longest % 1000000000u) };

	syscall(SYS_futex, &hall->call, FUTEX_WAIT, seen, longest ? &t : NULL, NULL, 0);
}

/* A member's pause between two uses, on average; in ns */
static uint64_t pause_of(void)
{
	return uses ? 1000000000ull * processes / uses : 0;
}

static void answer(struct member *self, int file, int *connection, bool has_connection)
{
	if (hall->kind == CALL_CONNECT && has_connection) {
		close(*connection);
		*connection = reach();
	}
	self->worked = use(self, file, *connection) &&
		       (hall->kind != CALL_CONNECT || !has_connection || *connection >= 0);
}

static _Noreturn void be_member(unsigned int index)
{
	struct member *self = &hall->member[index];
	uint64_t period = pause_of();
	unsigned int seed = index * 2654435761u;
	int file, connection = -1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	file = open(FILE_NAME, O_RDONLY);
	__atomic_add_fetch(&hall->gathered, 1, __ATOMIC_RELEASE);
	for (;;) {
		uint32_t call = __atomic_load_n(&hall->call, __ATOMIC_ACQUIRE);
		bool loose = call && hall->kind == CALL_LOOSE;

		if (call != self->called) {
			answer(self, file, &connection, index < connections);
			self->called = call;
			__atomic_add_fetch(&hall->answered, 1, __ATOMIC_RELEASE);
		}
		if (!loose)
			wait_for_call(call, 0);
		else if (period)
			wait_for_call(call, period / 2 + (uint64_t)rand_r(&seed) % period);
		if (loose)
			use(self, file, connection);
	}
}

/* --- the crowd --------------------------------------------------------------------------- */

static void gather(void)
{
	int fd = open("/proc/self/loginuid", O_WRONLY);
	char text[16];

	snprintf(text, sizeof(text), "%d", USER);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die("loginuid");
	close(fd);
	close(listener);	/* it would end with the role of whoever holds it */
	for (unsigned int i = 0; i < processes; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid == 0)
			be_member(i);
	}
	for (;;)
		pause();
}

/* Until everybody is counted; how long that took, in ms */
static double wait_for_all(uint32_t *count, const char *otherwise)
{
	uint64_t begun = now(), moved = begun;
	uint32_t before = 0, counted;

	while ((counted = __atomic_load_n(count, __ATOMIC_ACQUIRE)) < processes) {
		uint64_t at = now();

		if (counted != before)
			moved = at;
		before = counted;
		if (at - moved > PATIENCE) {
			printf("# %u of %u\n", counted, processes);
			die(otherwise);
		}
		usleep(10000);
	}
	return (double)(now() - begun) / 1e6;
}

/* Everybody does it once more, now; the number of those for whom it worked */
static unsigned int call_up(enum call kind)
{
	unsigned int worked = 0;

	hall->kind = kind;
	__atomic_store_n(&hall->answered, 0, __ATOMIC_RELEASE);
	__atomic_add_fetch(&hall->call, 1, __ATOMIC_ACQ_REL);
	syscall(SYS_futex, &hall->call, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
	printf("# call %u: %.0f ms\n", hall->call, wait_for_all(&hall->answered, "not everybody answers"));
	fflush(stdout);
	for (unsigned int i = 0; i < processes; i++)
		worked += hall->member[i].worked;
	return worked;
}

static unsigned int accept_all(void)
{
	unsigned int n = 0;
	int fd;

	while (n < connections && (fd = accept4(listener, NULL, NULL,
					  SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct epoll_event event = { .events = EPOLLRDHUP, .data.u32 = n };

		peers[n++] = fd;
		epoll_ctl(ends, EPOLL_CTL_ADD, fd, &event);
	}
	return n;
}

/* Who watches must not wait behind the crowd; what is started is ordinary */
static void rise(void)
{
	const struct sched_param above = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &above))
		die("priority");
}

static pid_t start_command(const char *verb, const char *role, const char *output)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	const struct sched_param above = { .sched_priority = 1 };

	dup2(fd, 1);
	if (first && sched_setscheduler(0, SCHED_RR, &above))
		_exit(126);
	execlp("bailiwick", "bailiwick", verb, "--json", "user:1200", role, NULL);
	_exit(127);
}

/*
 * What this machine takes to start a program that does nothing, until it has ended: ms.
 * No command can ask for anything much sooner.
 */
static double start_nothing(void)
{
	uint64_t begun = now();
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		const struct sched_param above = { .sched_priority = 1 };

		if (first && sched_setscheduler(0, SCHED_RR, &above))
			_exit(126);
		execl("/bin/true", "true", NULL);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		die("true");
	return (double)(now() - begun) / 1e6;
}

static int run(const char *verb, const char *role)
{
	int status;
	pid_t pid = start_command(verb, role, "/dev/null");

	return waitpid(pid, &status, 0) == pid ? status : -1;
}

struct figures {
	double nothing;			/* ms: a program that does nothing, started before */
	double last_begun, last_use;	/* ms from the command on */
	double last_end, returned;
	double arrived;			/* it reached the controller */
};

/* The controller's own times, behind the report; false without any */
static bool read_times(uint64_t begun, struct figures *ret)
{
	static char tail[1024];
	int fd = open("/tmp/crowd.json", O_RDONLY);
	off_t size = lseek(fd, 0, SEEK_END);
	off_t from = size > (off_t)sizeof(tail) - 1 ? size - ((off_t)sizeof(tail) - 1) : 0;
	ssize_t n = pread(fd, tail, sizeof(tail) - 1, from);
	const char *times, *arrived;

	close(fd);
	tail[n > 0 ? n : 0] = 0;
	times = strstr(tail, "\"times\"");
	arrived = times ? strstr(times, "\"arrived\":") : NULL;
	if (!arrived)
		return false;
	ret->arrived = (double)(strtoull(arrived + strlen("\"arrived\":"), NULL, 10) - begun) / 1e6;
	printf("# %s", times);
	return true;
}

/* The ends of connections, until the command has returned and nothing more comes */
static unsigned int watch_ends(pid_t command, uint64_t begun, struct figures *ret)
{
	int fd = (int)syscall(SYS_pidfd_open, command, 0), status;
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = UINT32_MAX }, got[64];
	unsigned int ended = 0;
	bool returned = false;

	epoll_ctl(ends, EPOLL_CTL_ADD, fd, &event);
	for (;;) {
		int n = epoll_wait(ends, got, 64, returned ? 200 : -1);
		uint64_t at = now();

		for (int i = 0; i < n; i++) {
			if (got[i].data.u32 == UINT32_MAX) {
				ret->returned = (double)(at - begun) / 1e6;
				returned = true;
				epoll_ctl(ends, EPOLL_CTL_DEL, fd, NULL);
				continue;
			}
			/* Who looks at it just then keeps it open, and it would be told again. */
			epoll_ctl(ends, EPOLL_CTL_DEL, peers[got[i].data.u32], NULL);
			close(peers[got[i].data.u32]);
			peers[got[i].data.u32] = -1;
			ret->last_end = (double)(at - begun) / 1e6;
			ended++;
		}
		if (n <= 0 && returned)
			break;
	}
	waitpid(command, &status, 0);
	close(fd);
	if (status)
		die("bailiwick revoke");
	return ended;
}

static void change(unsigned int index, struct figures *ret)
{
	unsigned int accepted, worked, ended, late = 0;
	uint64_t begun, last = 0, last_begun = 0, returned;

	if (run("assign", "crowd"))
		die("bailiwick assign");
	worked = call_up(CALL_CONNECT);
	accepted = accept_all();
	check(worked == processes, "everybody may, before", index, worked);
	check(accepted == connections, "connections are made", index, accepted);
	call_up(CALL_LOOSE);
	/* The call woke all at once: until their uses are spread over time again. */
	usleep(500000 + (useconds_t)(pause_of() * 2 / 1000));
	ret->nothing = start_nothing();
	begun = now();
	ended = watch_ends(start_command("revoke", NULL, "/tmp/crowd.json"), begun, ret);
	returned = begun + (uint64_t)(ret->returned * 1e6);
	worked = call_up(CALL_USE);
	for (unsigned int i = 0; i < processes; i++) {
		late += hall->member[i].began > returned;
		if (hall->member[i].began > last_begun)
			last_begun = hall->member[i].began;
		if (hall->member[i].ended > last)
			last = hall->member[i].ended;
	}
	ret->last_begun = last_begun > begun ? (double)(last_begun - begun) / 1e6 : 0;
	ret->last_use = last > begun ? (double)(last - begun) / 1e6 : 0;
	check(!late, "nothing worked that began after the command returned", index, late);
	check(!worked, "called up, nobody may", index, worked);
	check(ended == connections, "the peers saw all connections end", index, ended);
	if (!read_times(begun, ret))
		die("no times in the answer");
	printf("# change %u: arrived %.1f ms, last use begun %.1f ms, over %.1f ms, "
	       "last connection %.1f ms, returned %.1f ms\n", index,
	       ret->arrived, ret->last_begun, ret->last_use, ret->last_end, ret->returned);
	fflush(stdout);
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void show(const char *what, double *values, unsigned int count)
{
	unsigned int p99 = (count * 99 + 99) / 100;

	qsort(values, count, sizeof(*values), by_size);
	printf("# %u processes, %u connections, %u changes: %s: p50 %.1f ms, p99 %.1f ms, max %.1f ms\n",
	       processes, connections, count, what, values[count / 2], values[p99 - 1], values[count - 1]);
}

static void prepare(void)
{
	struct rlimit files = { 20000, 20000 };
	const int yes = 1;

	setrlimit(RLIMIT_NOFILE, &files);
	server.sin_port = htons(PORT);
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(listener, (struct sockaddr *)&server, sizeof(server)) || listen(listener, 4096))
		die("listen");
	ends = epoll_create1(EPOLL_CLOEXEC);
	peers = calloc(connections + 1, sizeof(*peers));
	hall = mmap(NULL, sizeof(*hall) + processes * sizeof(hall->member[0]),
		    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (hall == MAP_FAILED || !peers)
		die("memory");
}

enum { NOTHING, ARRIVED, LAST_BEGUN, SWITCHED, LAST_USE, LAST_END, RETURNED, COLUMNS };

static const char *const column_texts[COLUMNS] = {
	[NOTHING] = "a program that does nothing, beginning to end",
	[ARRIVED] = "command to its arrival at the controller",
	[LAST_BEGUN] = "arrival to the beginning of the last permitted use",
	[SWITCHED] = "arrival to last permitted use",
	[LAST_USE] = "command to last permitted use",
	[LAST_END] = "command to end of last connection",
	[RETURNED] = "command to its return",
};

static void change_all(void)
{
	double *values = calloc(COLUMNS * changes, sizeof(*values));

	if (!values)
		die("memory");
	for (unsigned int i = 0; i < changes; i++) {
		struct figures figures = { 0 };

		change(i + 1, &figures);
		values[NOTHING * changes + i] = figures.nothing;
		values[ARRIVED * changes + i] = figures.arrived;
		values[LAST_BEGUN * changes + i] = figures.last_begun - figures.arrived;
		values[SWITCHED * changes + i] = figures.last_use - figures.arrived;
		values[LAST_USE * changes + i] = figures.last_use;
		values[LAST_END * changes + i] = figures.last_end;
		values[RETURNED * changes + i] = figures.returned;
	}
	for (unsigned int i = 0; i < COLUMNS; i++)
		show(column_texts[i], values + i * changes, changes);
	free(values);
}

int main(int argc, char **argv)
{
	pid_t crowd;

	processes = argc > 1 ? (unsigned int)atoi(argv[1]) : 1000;
	connections = argc > 2 ? (unsigned int)atoi(argv[2]) : 1000;
	changes = argc > 3 ? (unsigned int)atoi(argv[3]) : 10;
	uses = argc > 4 ? (unsigned int)atoi(argv[4]) : 2000;
	first = argc > 5 && !strcmp(argv[5], "first");
	prepare();
	if (run("assign", "crowd"))
		die("bailiwick assign");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	crowd = fork();
	if (crowd == 0)
		gather();
	rise();
	printf("# %u processes are there after %.0f ms\n", processes,
	       wait_for_all(&hall->gathered, "they do not gather"));
	fflush(stdout);
	change_all();
	kill(crowd, SIGKILL);		/* and all of them, with their parent */
	while (wait(NULL) > 0)
		;
	return failed;
}
