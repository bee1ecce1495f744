// SPDX-License-Identifier: Apache-2.0
/* A confined child, run beside the event loop: never waited for */
#include "daemon/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "daemon/urgent.h"

#define KEPT_FD 3
#define GRACE 1000000u		/* microseconds between death and end of output */

struct stream {
	struct child *child;
	sd_event_source *source;	/* NULL when it has ended */
	int fd;
	struct buffer text;
	size_t thrown_away;
};

struct child {
	pid_t pid;
	bool exited;
	bool late;
	siginfo_t status;
	sd_event_source *exit_source;
	sd_event_source *timer;
	struct stream stream[2];	/* standard output and error */
	child_done_fn *done;
	void *context;
};

static struct child *child_free(struct child *child)
{
	if (!child)
		return NULL;
	sd_event_source_disable_unref(child->exit_source);
	sd_event_source_disable_unref(child->timer);
	for (int i = 0; i < 2; i++) {
		sd_event_source_disable_unref(child->stream[i].source);
		if (child->stream[i].fd >= 0)
			close(child->stream[i].fd);
		buffer_done(&child->stream[i].text);
	}
	free(child);
	return NULL;
}

struct child *child_stop(struct child *child)
{
	if (child && child->pid > 0 && !child->exited) {
		kill(child->pid, SIGKILL);
		waitpid(child->pid, NULL, 0);
	}
	return child_free(child);
}

static void describe(const struct child *child, char how[96], struct child_result *ret)
{
	ret->exit = -1;
	ret->how = how;
	if (child->late)
		snprintf(how, 96, "it took too long");
	else if (child->status.si_code == CLD_EXITED)
		ret->exit = child->status.si_status;
	else if (child->status.si_status == SIGSYS)
		snprintf(how, 96, "it tried what a compiler never does and was killed");
	else if (child->status.si_status == SIGXCPU)
		snprintf(how, 96, "it used up its processor time");
	else
		snprintf(how, 96, "it was ended by signal %d (%s)", child->status.si_status,
			 strsignal(child->status.si_status));
	if (ret->exit >= 0)
		ret->how = NULL;
}

/* The end is the death of the process and of both streams, in any order */
static void end_if_over(struct child *child)
{
	struct child_result result = {
		.out = &child->stream[0].text,
		.err = &child->stream[1].text,
	};
	char how[96];

	if (!child->exited || child->stream[0].source || child->stream[1].source)
		return;
	describe(child, how, &result);
	for (int i = 0; i < 2; i++)
		if (child->stream[i].thrown_away)
			buffer_printf(&child->stream[i].text, "\n(%zu more bytes)\n",
				      child->stream[i].thrown_away);
	child->done(child->context, &result);
	child_free(child);
}

static int on_output(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct stream *stream = context;
	char block[16384];
	ssize_t n = read(fd, block, sizeof(block));
	size_t room = CHILD_OUTPUT_MAX - stream->text.size;

	(void)source;
	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n > 0) {
		size_t kept = (size_t)n < room ? (size_t)n : room;

		buffer_append(&stream->text, block, kept);
		stream->thrown_away += (size_t)n - kept;
		return 0;
	}
	stream->source = sd_event_source_disable_unref(stream->source);
	end_if_over(stream->child);
	return 0;
}

static int on_exit_(sd_event_source *source, const siginfo_t *status, void *context)
{
	struct child *child = context;

	(void)source;
	child->status = *status;
	child->exited = true;
	child->exit_source = sd_event_source_disable_unref(child->exit_source);
	/* what it may have left behind must not keep the streams open for ever */
	kill(-child->pid, SIGKILL);
	if (sd_event_source_set_time_relative(child->timer, GRACE) < 0)
		child->timer = sd_event_source_disable_unref(child->timer);
	end_if_over(child);
	return 0;
}

static int on_time(sd_event_source *source, uint64_t now, void *context)
{
	struct child *child = context;

	(void)source;
	(void)now;
	if (!child->exited) {
		child->late = true;
		kill(-child->pid, SIGKILL);
		kill(child->pid, SIGKILL);
		return 0;
	}
	for (int i = 0; i < 2; i++)
		child->stream[i].source = sd_event_source_disable_unref(child->stream[i].source);
	end_if_over(child);
	return 0;
}

static _Noreturn void run(const struct child_options *options, int out, int err)
{
	static char *const environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
					     "LANG=C.UTF-8", NULL };
	sigset_t none;
	int null = open("/dev/null", O_RDONLY);
	int r;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int i = 1; i < SIGRTMIN; i++)
		if (i != SIGKILL && i != SIGSTOP)
			signal(i, SIG_DFL);
	setsid();
	/* duplicated above 3 first, so that none of the targets is overwritten */
	out = fcntl(out, F_DUPFD, 10);
	err = fcntl(err, F_DUPFD, 10);
	null = fcntl(null, F_DUPFD, 10);
	if (options->fd >= 0 && options->fd != KEPT_FD && dup2(options->fd, KEPT_FD) < 0)
		_exit(EX_OSERR);
	if (options->fd == KEPT_FD)
		fcntl(KEPT_FD, F_SETFD, 0);
	if (dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(EX_OSERR);
	close_range(options->fd >= 0 ? KEPT_FD + 1 : KEPT_FD, ~0u, 0);
	if (chdir("/") < 0)
		_exit(EX_OSERR);
	if (options->urgent)
		urgent_child();
	r = options->confinement ? confine_self(options->confinement) : 0;
	if (r == 0) {
		execve(options->path, options->argv, environment);
		r = -errno;
	}
	dprintf(2, "cannot run %s confined: %s\n", options->path, strerror(-r));
	_exit(EX_UNAVAILABLE);
}

static int watch_stream(sd_event *loop, struct child *child, int index, int fd)
{
	struct stream *stream = &child->stream[index];

	stream->child = child;
	stream->fd = fd;
	return sd_event_add_io(loop, &stream->source, fd, EPOLLIN, on_output, stream);
}

static int watch(sd_event *loop, struct child *child, int out, int err, uint64_t seconds)
{
	int r = watch_stream(loop, child, 0, out), s = watch_stream(loop, child, 1, err);

	if (r >= 0)
		r = s;
	if (r >= 0)
		r = sd_event_add_child(loop, &child->exit_source, child->pid, WEXITED, on_exit_, child);
	if (r >= 0)
		r = sd_event_add_time_relative(loop, &child->timer, CLOCK_MONOTONIC,
					       seconds * 1000000u, 100000, on_time, child);
	return r;
}

int child_start(sd_event *loop, const struct child_options *options, child_done_fn *done,
		void *context, struct child **ret)
{
	struct child *child = calloc(1, sizeof(*child));
	int out[2] = { -1, -1 }, err[2] = { -1, -1 };
	int r = 0;

	if (!child)
		return -ENOMEM;
	child->stream[0].fd = child->stream[1].fd = -1;
	child->done = done;
	child->context = context;
	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
		r = -errno;
	if (r == 0) {
		child->pid = fork();
		if (child->pid < 0)
			r = -errno;
	}
	if (r == 0 && child->pid == 0)
		run(options, out[1], err[1]);
	for (int i = 0; i < 2; i++) {
		int *end = i ? &err[1] : &out[1];

		if (*end >= 0)
			close(*end);
	}
	if (r == 0)
		r = watch(loop, child, out[0], err[0], options->seconds);
	else
		for (int i = 0; i < 2; i++)
			if ((i ? err : out)[0] >= 0)
				close((i ? err : out)[0]);
	if (r < 0) {
		child_stop(child);
		return r;
	}
	*ret = child;
	return 0;
}
