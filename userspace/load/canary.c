/* SPDX-License-Identifier: Apache-2.0 */
/* The hook self-test: prepares what the canary attempts, runs it, judges each hook */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bailiwick/image.h>

#include "base/cleanup.h"
#include "load/canary-tests.h"
#include "load/canary.h"

#define PATIENCE_MS 20000
#define UNSAID (-1)

/* What the canary said about one hook; errno values, UNSAID for nothing. */
struct answer {
	int attempt;
	int twin;
	bool skipped;
	bool counted;		/* the programs counted a denial during the attempt */
};

struct run {
	struct answer answer[CANARY_TEST_COUNT];
	struct enforcement *enforcement;
	uint64_t denials[BAILIWICK_OP_COUNT];	/* of the canary's row, at the last look */
	int directory;		/* CANARY_DIRECTORY */
	int listener[2];	/* behind forbidden/stream and forbidden/datagram */
	int forbidden;		/* an open descriptor of forbidden/file */
	int tcp[3];		/* connected, listening, and the connected one's peer */
	bool done;
};

static const struct {
	const char *hook;
	unsigned int operation;
	bool shared;
} tests[CANARY_TEST_COUNT] = {
#define ROW(hook, operation, shared) { #hook, BAILIWICK_OP_##operation, shared },
	CANARY_TESTS(ROW)
};

#define NAME(hook) #hook,
static const char *const silent[] = { CANARY_SILENT(NAME) };

/* --- what the canary finds --------------------------------------------------- */

static int make_directory(const char *path)
{
	return mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

/* Only root may be in the way here: the parent directory is ours, mode 0700. */
static int empty_directory(int parent, const char *name)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while ((entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (unlinkat(fd, entry->d_name, 0) < 0 &&
		    unlinkat(fd, entry->d_name, AT_REMOVEDIR) < 0)
			return -errno;
	}
	return unlinkat(parent, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

static int write_file(int parent, const char *path)
{
	_cleanup_close_ int fd = openat(parent, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
					0600);

	if (fd < 0)
		return -errno;
	return write(fd, "canary\n", 7) == 7 ? 0 : -EIO;
}

static int bind_socket(const char *name, int type)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), CANARY_DIRECTORY "/forbidden/%s", name);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    (type == SOCK_STREAM && listen(fd, 1) < 0)) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

static int make_tree(int directory)
{
	static const char *const files[] = {
		"allowed/file", "allowed/short", "allowed/moved", "allowed/unlinked",
		"forbidden/file",
	};

	if (mkdirat(directory, "allowed", 0700) < 0 ||
	    mkdirat(directory, "allowed/removed", 0700) < 0 ||
	    mkdirat(directory, "forbidden", 0700) < 0 ||
	    symlinkat("file", directory, "forbidden/symlink") < 0)
		return -errno;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int err = write_file(directory, files[i]);

		if (err)
			return err;
	}
	return 0;
}

static int sweep(int directory)
{
	int err = empty_directory(directory, "forbidden");

	/* The only directory within one, twice: emptied before and after. */
	unlinkat(directory, "allowed/removed", AT_REMOVEDIR);
	return err ? err : empty_directory(directory, "allowed");
}

/* Without a loopback interface there are none, and what needs them is skipped. */
static void make_tcp(int tcp[3])
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t size = sizeof(at);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	tcp[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (tcp[1] < 0 || bind(tcp[1], (struct sockaddr *)&at, size) < 0 ||
	    listen(tcp[1], 1) < 0 || getsockname(tcp[1], (struct sockaddr *)&at, &size) < 0)
		return;
	tcp[2] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (tcp[2] >= 0 && connect(tcp[2], (struct sockaddr *)&at, size) == 0)
		tcp[0] = accept4(tcp[1], NULL, NULL, SOCK_CLOEXEC);
	fcntl(tcp[1], F_SETFL, O_NONBLOCK);	/* nobody else will connect */
}

static int prepare(struct run *run)
{
	int err;

	err = make_directory("/run/bailiwick");
	if (!err)
		err = make_directory(CANARY_DIRECTORY);
	if (err)
		return err;
	run->directory = open(CANARY_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (run->directory < 0)
		return -errno;
	err = sweep(run->directory);
	if (!err)
		err = make_tree(run->directory);
	if (err)
		return err;
	run->forbidden = openat(run->directory, "forbidden/file", O_RDONLY | O_CLOEXEC);
	if (run->forbidden < 0)
		return -errno;
	run->listener[0] = bind_socket("stream", SOCK_STREAM);
	if (run->listener[0] < 0)
		return run->listener[0];
	make_tcp(run->tcp);
	run->listener[1] = bind_socket("datagram", SOCK_DGRAM);
	return run->listener[1] < 0 ? run->listener[1] : 0;
}

static void run_init(struct run *run, struct enforcement *enforcement)
{
	*run = (struct run) {
		.enforcement = enforcement,
		.directory = -1,
		.listener = { -1, -1 },
		.forbidden = -1,
		.tcp = { -1, -1, -1 },
	};
	for (size_t i = 0; i < CANARY_TEST_COUNT; i++)
		run->answer[i] = (struct answer) { UNSAID, UNSAID, false, false };
}

static void run_done(struct run *run)
{
	closep(&run->listener[0]);
	closep(&run->listener[1]);
	closep(&run->forbidden);
	for (size_t i = 0; i < 3; i++)
		closep(&run->tcp[i]);
	if (run->directory >= 0)
		sweep(run->directory);
	closep(&run->directory);
}

/* --- running it ---------------------------------------------------------------- */

static int send_fds(int socket, const int *fds, size_t count)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control = {};
	struct iovec io = { "f", 1 };
	struct msghdr message = {
		.msg_iov = &io, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = CMSG_SPACE(count * sizeof(int)),
	};
	struct cmsghdr *carries = CMSG_FIRSTHDR(&message);

	carries->cmsg_level = SOL_SOCKET;
	carries->cmsg_type = SCM_RIGHTS;
	carries->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(carries), fds, count * sizeof(int));
	return sendmsg(socket, &message, MSG_NOSIGNAL) == 1 ? 0 : -errno;
}

/*
 * @pid runs as soon as this process, which waits for it: as an ordinary one it can be kept
 * from its end by those whose rights are being taken, and a test without an end undoes the
 * change.  What it starts for an attempt runs so, too.
 */
static void lend_priority(pid_t pid)
{
	struct sched_param how = { 0 };

	sched_getparam(0, &how);
	setpriority(PRIO_PROCESS, (id_t)pid, getpriority(PRIO_PROCESS, 0));
	sched_setscheduler(pid, sched_getscheduler(0) & ~SCHED_RESET_ON_FORK, &how);
}

/* In the child: nothing but descriptor 0, so that no inherited one matters. */
static void become_canary(const char *program, int directory, int socket)
{
	char *const argv[] = { "canary", NULL };
	char *const envp[] = { NULL };
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (fchdir(directory) < 0 || dup2(socket, CANARY_SOCKET) < 0)
		_exit(126);
	close_range(1, ~0u, 0);
	execve(program, argv, envp);
	_exit(127);
}

static int find_test(const char *hook)
{
	for (int i = 0; i < CANARY_TEST_COUNT; i++)
		if (!strcmp(tests[i].hook, hook))
			return i;
	return -1;
}

static int add_denial(void *context, const struct bailiwick_count_key *key, uint64_t count)
{
	uint64_t *denials = context;

	if (key->row == BAILIWICK_ROW_CANARY && key->verdict == BAILIWICK_VERDICT_DENIED &&
	    key->operation < BAILIWICK_OP_COUNT)
		denials[key->operation] += count;
	return 0;
}

/* Whether denials under @operation were counted since the last look. */
static int look(struct run *run, unsigned int operation, bool *ret_risen)
{
	uint64_t now[BAILIWICK_OP_COUNT] = {};
	int err = enforcement_counts(run->enforcement, add_denial, now);

	if (err)
		return err;
	*ret_risen = now[operation] > run->denials[operation];
	memcpy(run->denials, now, sizeof(now));
	return 0;
}

static int take_line(struct run *run, const char *line)
{
	char what[8], hook[48];
	int number, test;
	bool risen;

	if (sscanf(line, "%7s %47s %d", what, hook, &number) != 3)
		return -EPROTO;
	if (!strcmp(what, "done")) {
		run->done = true;
		return 0;
	}
	if (!strcmp(what, "move")) {
		renameat(run->directory, "allowed/moved", run->directory, "forbidden/moved");
		return look(run, 0, &risen);
	}
	test = find_test(hook);
	if (test < 0)
		return -EPROTO;
	if (!strcmp(what, "test")) {
		run->answer[test].attempt = number;
		return look(run, tests[test].operation, &run->answer[test].counted);
	}
	if (!strcmp(what, "twin"))
		run->answer[test].twin = number;
	else
		run->answer[test].skipped = true;
	return look(run, 0, &risen);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int listen_to(struct run *run, int socket)
{
	const int64_t end = now_ms() + PATIENCE_MS;
	char text[256];
	size_t size = 0;

	while (!run->done) {
		struct pollfd poll_fd = { .fd = socket, .events = POLLIN };
		const int64_t left = end - now_ms();
		char *newline;
		ssize_t n;
		int err;

		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&poll_fd, 1, (int)left) <= 0)
			continue;
		n = read(socket, text + size, sizeof(text) - 1 - size);
		if (n <= 0)
			return -ECHILD;		/* it ended before it was done */
		size += (size_t)n;
		while ((newline = memchr(text, '\n', size))) {
			*newline = 0;
			err = take_line(run, text);
			if (err)
				return err;
			send(socket, "a", 1, MSG_NOSIGNAL);
			size -= (size_t)(newline + 1 - text);
			memmove(text, newline + 1, size);
		}
		if (size == sizeof(text) - 1)
			return -EPROTO;
	}
	return 0;
}

static int run_program(struct run *run, const char *program)
{
	int pair[2], err;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	err = send_fds(pair[0], &run->forbidden, 1);
	if (!err && run->tcp[0] >= 0)
		err = send_fds(pair[0], run->tcp, 2);
	pid = err ? -1 : fork();
	if (pid == 0)
		become_canary(program, run->directory, pair[1]);
	close(pair[1]);
	if (pid > 0) {
		lend_priority(pid);
		err = listen_to(run, pair[0]);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	} else if (!err) {
		err = -errno;
	}
	close(pair[0]);
	return err;
}

/* --- judging --------------------------------------------------------------------- */

static bool is_silent(const char *hook)
{
	for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++)
		if (!strcmp(silent[i], hook))
			return true;
	return false;
}

static bool refused(const struct answer *answer)
{
	return answer->attempt == EACCES || answer->attempt == EPERM;
}

static void finding_set(struct canary_finding *finding, enum canary_result result,
			const char *text, int err)
{
	finding->result = result;
	if (err > 0)
		snprintf(finding->text, sizeof(finding->text), "%s: %s", text, strerror(err));
	else
		snprintf(finding->text, sizeof(finding->text), "%s", text);
}

static void judge(const struct run *run, struct canary_finding *finding)
{
	const int test = find_test(finding->hook);
	const struct answer *answer = test < 0 ? NULL : &run->answer[test];

	if (is_silent(finding->hook))
		finding_set(finding, CANARY_NOT_TESTED, "it denies nothing itself", 0);
	else if (!answer)
		finding_set(finding, CANARY_NOT_TESTED, "nothing the canary does reaches it", 0);
	else if (answer->skipped || answer->attempt == UNSAID)
		finding_set(finding, CANARY_NOT_TESTED, "the attempt could not be prepared", 0);
	else if (!refused(answer))
		finding_set(finding, CANARY_NOT_DENIED, "the forbidden attempt went through",
			    answer->attempt);
	else if (!answer->counted && tests[test].shared)
		finding_set(finding, CANARY_NOT_TESTED, "something else refuses first",
			    answer->attempt);
	else if (!answer->counted)
		finding_set(finding, CANARY_NOT_DENIED, "refused, but not counted by the programs",
			    answer->attempt);
	else if (answer->twin != UNSAID && answer->twin != 0)
		finding_set(finding, CANARY_NOT_DENIED, "the permitted twin is refused too",
			    answer->twin);
	else
		finding_set(finding, CANARY_DENIED, "denied and counted", 0);
}

static void judge_all(const struct run *run, const struct enforcement_status *status,
		      struct canary_report *ret)
{
	ret->count = 0;
	for (size_t i = 0; i < status->hook_count && i < CANARY_FINDINGS_MAX; i++) {
		struct canary_finding *finding = &ret->finding[ret->count++];

		snprintf(finding->hook, sizeof(finding->hook), "%s", status->hooks[i]);
		judge(run, finding);
	}
}

int canary_run(struct enforcement *enforcement, const char *program, struct canary_report *ret)
{
	struct enforcement_status status;
	struct run run;
	int err;

	run_init(&run, enforcement);
	err = enforcement_status(enforcement, &status);
	if (!err && access(program ? program : CANARY_PROGRAM, X_OK) < 0)
		err = -errno;
	if (!err)
		err = prepare(&run);
	if (!err)
		err = enforcement_counts(enforcement, add_denial, run.denials);
	if (!err)
		err = run_program(&run, program ? program : CANARY_PROGRAM);
	run_done(&run);
	if (!err)
		judge_all(&run, &status, ret);
	return err;
}

bool canary_passed(const struct canary_report *report)
{
	bool denied = false;

	for (size_t i = 0; i < report->count; i++) {
		if (report->finding[i].result == CANARY_NOT_DENIED)
			return false;
		denied |= report->finding[i].result == CANARY_DENIED;
	}
	return denied;
}
