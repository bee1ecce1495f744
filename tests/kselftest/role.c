// SPDX-License-Identifier: Apache-2.0
/* A process that holds a role and does on demand what an attacker would do. */
#include "role.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * Orders and answers go through shared memory and a futex: both work whatever
 * the role forbids, a pipe might not.
 */
enum turn { ACTOR_BUSY, CALLER_TURN, ACTOR_TURN };

struct actor {
	_Atomic uint32_t turn;
	act_fn *fn;
	struct act act;
	pid_t pid;
};

static void die(const char *what, const char *name)
{
	fprintf(stderr, "# cannot go on: %s %s: %s\n", what, name, strerror(errno));
	abort();
}

static void wait_until(struct actor *actor, uint32_t turn)
{
	const struct timespec slice = { .tv_nsec = 50000000 };

	while (atomic_load(&actor->turn) != turn) {
		uint32_t now = atomic_load(&actor->turn);

		if (now == turn)
			return;
		syscall(SYS_futex, &actor->turn, FUTEX_WAIT, now, &slice, NULL, 0);
		if (turn == CALLER_TURN && waitpid(actor->pid, NULL, WNOHANG) == actor->pid) {
			actor->pid = 0;
			return;
		}
	}
}

static void hand_over(struct actor *actor, uint32_t turn)
{
	atomic_store(&actor->turn, turn);
	syscall(SYS_futex, &actor->turn, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die("write", path);
	close(fd);
}

static void enter_unit(const char *unit, pid_t pid)
{
	char text[32], path[256];

	snprintf(path, sizeof(path), "/sys/fs/cgroup/system.slice/%s/cgroup.procs", unit);
	snprintf(text, sizeof(text), "%d", pid);
	write_file(path, text);
}

static void become(const struct subject *subject)
{
	struct stat st;
	char text[32];

	/* As whoever started us: fills every cache there is about this task. */
	if (stat("/etc/passwd", &st) || close(open("/etc/passwd", O_RDONLY | O_CLOEXEC)))
		die("open", "/etc/passwd");
	if (subject->login) {
		snprintf(text, sizeof(text), "%u", subject->login);
		write_file("/proc/self/loginuid", text);
	}
	/* As su does: the role of the login must hold setuid by now. */
	if (subject->uid && setresuid(subject->uid, subject->uid, subject->uid))
		die("setresuid", "");
}

static void act_loop(struct actor *actor)
{
	for (;;) {
		wait_until(actor, ACTOR_TURN);
		atomic_store(&actor->turn, ACTOR_BUSY);
		actor->act.text[0] = '\0';
		actor->act.result = actor->fn(&actor->act);
		actor->act.text[sizeof(actor->act.text) - 1] = '\0';
		hand_over(actor, CALLER_TURN);
	}
}

struct actor *actor_start(const struct subject *subject)
{
	struct actor *actor = mmap(NULL, sizeof(*actor), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	if (actor == MAP_FAILED)
		die("mmap", "");
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("fork", "");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		become(subject);
		hand_over(actor, CALLER_TURN);
		act_loop(actor);
	}
	actor->pid = pid;	/* by the caller alone: both share it */
	wait_until(actor, CALLER_TURN);
	if (!actor->pid) {
		errno = ECHILD;
		die("the actor did not come to life", "");
	}
	/* By us: the actor may hold a role by now that may not write there. */
	if (subject->unit)
		enter_unit(subject->unit, pid);
	return actor;
}

void actor_begin(struct actor *actor, act_fn *fn, const struct act *act)
{
	actor->act = *act;
	actor->fn = fn;
	hand_over(actor, ACTOR_TURN);
}

bool actor_ended(struct actor *actor, struct act *act)
{
	if (atomic_load(&actor->turn) != CALLER_TURN)
		return false;
	*act = actor->act;
	return true;
}

long actor_do(struct actor *actor, act_fn *fn, struct act *act)
{
	if (!actor->pid)
		return act->result = -ECHILD;
	actor_begin(actor, fn, act);
	wait_until(actor, CALLER_TURN);
	if (!actor->pid)
		return act->result = -ECHILD;
	*act = actor->act;
	return act->result;
}

pid_t actor_pid(const struct actor *actor)
{
	return actor->pid;
}

void actor_stop(struct actor *actor)
{
	if (!actor)
		return;
	if (actor->pid) {
		kill(actor->pid, SIGKILL);
		waitpid(actor->pid, NULL, 0);
	}
	munmap(actor, sizeof(*actor));
}

long act_as(uid_t login, act_fn *fn, struct act *act)
{
	struct actor *actor = actor_start(&(struct subject){ .login = login });
	long result = actor_do(actor, fn, act);

	actor_stop(actor);
	return result;
}

long act_here(act_fn *fn, struct act *act)
{
	act->text[0] = '\0';
	act->result = fn(act);
	act->text[sizeof(act->text) - 1] = '\0';
	return act->result;
}

int run_command(const char *format, ...)
{
	char line[1024], wrapped[1536];
	va_list arguments;
	int status;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	snprintf(wrapped, sizeof(wrapped),
		 "out=$({ %s; } 2>&1 </dev/null) || { s=$?; printf '# %%s\\n' \"$out\" >&2; exit $s; }",
		 line);
	fflush(NULL);
	status = system(wrapped);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

bool role_assign(uid_t login, const char *role)
{
	return !run_command("bailiwick assign user:%u %s", login, role);
}

bool role_revoke(uid_t login)
{
	return !run_command("bailiwick revoke user:%u", login);
}

long act_read_descriptor(struct act *act)
{
	ssize_t n = pread(act->descriptor, act->text, sizeof(act->text) - 1, 0);

	if (n < 0 && errno == ESPIPE)
		n = read(act->descriptor, act->text, sizeof(act->text) - 1);
	if (n < 0)
		return -errno;
	act->text[n] = '\0';
	return n;
}

long act_open(struct act *act)
{
	act->descriptor = open(act->path, act->flags | O_CLOEXEC, (mode_t)act->number);
	return act->descriptor < 0 ? -errno : act->descriptor;
}

long act_close(struct act *act)
{
	return close(act->descriptor) ? -errno : 0;
}

long act_read(struct act *act)
{
	long result = act_open(act);

	if (result < 0)
		return result;
	result = act_read_descriptor(act);
	close(act->descriptor);
	return result;
}

long act_write_descriptor(struct act *act)
{
	ssize_t n = write(act->descriptor, act->other, strlen(act->other));

	return n < 0 ? -errno : n;
}

/* The words of act->other become arguments */
static void words(struct act *act, char **argv, int most)
{
	char *rest, *word;
	int n = 0;

	argv[n++] = act->path;
	for (word = strtok_r(act->other, " ", &rest); word && n < most - 1;
	     word = strtok_r(NULL, " ", &rest))
		argv[n++] = word;
	argv[n] = NULL;
}

/* Start a program with its output to @out; *ret_error is why it could not be */
static pid_t spawn(char *const argv[], int out, volatile int *ret_error)
{
	pid_t pid = vfork();

	if (pid)
		return pid;
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execv(argv[0], argv);
	*ret_error = errno;		/* our memory is the parent's */
	_exit(126);
}

long act_run(struct act *act)
{
	volatile int error = 0;
	int out[2], status;
	ssize_t n, used = 0;
	char *argv[8];
	pid_t pid;

	if (pipe2(out, O_CLOEXEC))
		return -errno;
	words(act, argv, 8);
	pid = spawn(argv, out[1], &error);
	close(out[1]);
	while ((n = read(out[0], act->text + used, sizeof(act->text) - 1 - used)) > 0)
		used += n;
	act->text[used] = '\0';
	close(out[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -ECHILD;
	if (error)
		return -error;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -ENOEXEC;
}

void path_set(struct act *act, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(act->path, sizeof(act->path), format, arguments);
	va_end(arguments);
}

void other_set(struct act *act, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(act->other, sizeof(act->other), format, arguments);
	va_end(arguments);
}
