// SPDX-License-Identifier: Apache-2.0
/* Power over other processes: tracing, memory, signals. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "role.h"
#include "scene.h"

/* In every process started from here, at the same place. */
static char memory[64] = MARKER;

/*
 *   who      over          holds all of its rights?
 *   CLERK    a clerk       yes
 *   CLERK    FREE          no: it may do everything
 *   CLERK    KEEPER        no: the vault
 *   FREE     CLERK         yes
 *   FREE     KEEPER        no: the vault is closed to who has no role
 */
FIXTURE(power)
{
	struct act act;
	struct actor *over;
};

FIXTURE_VARIANT(power)
{
	uid_t who, over;
	bool works;
};

#define POWER(id, one, other, yes) \
	FIXTURE_VARIANT_ADD(power, id) { .who = one, .over = other, .works = yes }
POWER(clerk_over_clerk, CLERK, CLERK, true);
POWER(clerk_over_free, CLERK, FREE, false);
POWER(clerk_over_keeper, CLERK, KEEPER, false);
POWER(keeper_over_clerk, KEEPER, CLERK, false);
POWER(free_over_clerk, FREE, CLERK, true);
POWER(free_over_keeper, FREE, KEEPER, false);

FIXTURE_SETUP(power)
{
	memset(&self->act, 0, sizeof(self->act));
	scene_all();
	self->over = actor_start(&(struct subject){ .login = variant->over });
	self->act.number = actor_pid(self->over);
}

FIXTURE_TEARDOWN(power)
{
	actor_stop(self->over);
}

static long attach(struct act *act)
{
	if (ptrace(PTRACE_ATTACH, act->number, NULL, NULL))
		return -errno;
	waitpid(act->number, NULL, __WALL);
	ptrace(PTRACE_DETACH, act->number, NULL, NULL);
	return 0;
}

static long seize(struct act *act)
{
	if (ptrace(PTRACE_SEIZE, act->number, NULL, NULL))
		return -errno;
	return 0;
}

static long read_memory(struct act *act)
{
	struct iovec here = { .iov_base = act->text, .iov_len = sizeof(memory) };
	struct iovec there = { .iov_base = memory, .iov_len = sizeof(memory) };
	ssize_t n = process_vm_readv(act->number, &here, 1, &there, 1, 0);

	return n < 0 ? -errno : n;
}

static long write_memory(struct act *act)
{
	struct iovec here = { .iov_base = "changed", .iov_len = 8 };
	struct iovec there = { .iov_base = memory, .iov_len = 8 };

	return process_vm_writev(act->number, &here, 1, &there, 1, 0) < 0 ? -errno : 0;
}

static long show_memory(struct act *act)
{
	memcpy(act->text, memory, sizeof(memory));
	return 0;
}

/* A clerk lacks the capability, but another clerk of the same uid needs none. */
TEST_F(power, attach)
{
	EXPECT_EQ(variant->works, act_as(variant->who, attach, &self->act) == 0) {
		TH_LOG("%ld", self->act.result);
	}
}

TEST_F(power, seize)
{
	EXPECT_EQ(variant->works, act_as(variant->who, seize, &self->act) == 0);
}

TEST_F(power, read_memory)
{
	act_as(variant->who, read_memory, &self->act);
	EXPECT_EQ(variant->works, strstr(self->act.text, MARKER) != NULL);
}

TEST_F(power, write_memory)
{
	act_as(variant->who, write_memory, &self->act);
	actor_do(self->over, show_memory, &self->act);
	EXPECT_EQ(variant->works, strcmp(self->act.text, MARKER) != 0);
}

TEST_F(power, proc_mem)
{
	char name[64];
	int fd;

	/* Unconfined, where no rule on /proc is in the way: tracing alone decides. */
	if (variant->who != FREE)
		SKIP(return, "no rule opens /proc to this role");
	snprintf(name, sizeof(name), "/proc/%ld/mem", self->act.number);
	fd = open(name, O_RDONLY);
	if (fd >= 0 && pread(fd, self->act.text, sizeof(memory), (off_t)(long)memory) < 0)
		self->act.text[0] = '\0';
	EXPECT_EQ(variant->works, strstr(self->act.text, MARKER) != NULL);
}

static long interrupt(struct act *act)
{
	return kill(act->number, SIGUSR1) ? -errno : 0;
}

static long interrupt_by_pidfd(struct act *act)
{
	int process = syscall(SYS_pidfd_open, act->number, 0);

	if (process < 0)
		return -EUCLEAN;
	return syscall(SYS_pidfd_send_signal, process, SIGUSR1, NULL, 0) ? -errno : 0;
}

/* Signals do not read: the unconfined may send them to everybody. */
static bool signal_works(uid_t who, bool works)
{
	return who == FREE || works;
}

static bool gone(pid_t pid)
{
	int tries = 100;

	while (tries--) {
		siginfo_t info = { 0 };

		if (!waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid == pid)
			return true;
		usleep(2000);
	}
	return false;
}

TEST_F(power, signal)
{
	act_as(variant->who, interrupt, &self->act);
	EXPECT_EQ(signal_works(variant->who, variant->works), self->act.result == 0);
	EXPECT_EQ(signal_works(variant->who, variant->works), gone(actor_pid(self->over)));
}

TEST_F(power, signal_by_pidfd)
{
	act_as(variant->who, interrupt_by_pidfd, &self->act);
	EXPECT_EQ(signal_works(variant->who, variant->works), self->act.result == 0);
	EXPECT_EQ(signal_works(variant->who, variant->works), gone(actor_pid(self->over)));
}

/* --- being traced ------------------------------------------------------------------------- */

/* --- limits and priority --------------------------------------------------------------- */

static long limit_files(struct act *act)
{
	struct rlimit limit = { .rlim_cur = 77, .rlim_max = 777 };

	return prlimit(act->number, RLIMIT_NOFILE, &limit, NULL) ? -errno : 0;
}

static long limit_time(struct act *act)
{
	struct rlimit none = { 0 };

	return prlimit(act->number, RLIMIT_CPU, &none, NULL) ? -errno : 0;
}

static long make_idle(struct act *act)
{
	return sched_setscheduler(act->number, SCHED_IDLE, &(struct sched_param){ 0 }) ? -errno : 0;
}

static long bind_to_one(struct act *act)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	return sched_setaffinity(act->number, sizeof(one), &one) ? -errno : 0;
}

static long make_nice(struct act *act)
{
	return setpriority(PRIO_PROCESS, act->number, 19) ? -errno : 0;
}

static long make_idle_on_disk(struct act *act)
{
	/* IOPRIO_WHO_PROCESS, class idle */
	return syscall(SYS_ioprio_set, 1, act->number, 3 << 13) ? -errno : 0;
}

static long disk_class(pid_t pid)
{
	return syscall(SYS_ioprio_get, 1, pid) >> 13;
}

/* As with signals, who has no role may do it to everybody. */
TEST_F(power, limits)
{
	bool works = signal_works(variant->who, variant->works);
	struct rlimit now;

	EXPECT_EQ(works, act_as(variant->who, limit_files, &self->act) == 0);
	ASSERT_EQ(0, prlimit(actor_pid(self->over), RLIMIT_NOFILE, NULL, &now));
	EXPECT_EQ(works, now.rlim_cur == 77);
}

TEST_F(power, processor)
{
	bool works = signal_works(variant->who, variant->works);
	pid_t over = actor_pid(self->over);
	cpu_set_t now;

	EXPECT_EQ(works, act_as(variant->who, bind_to_one, &self->act) == 0);
	ASSERT_EQ(0, sched_getaffinity(over, sizeof(now), &now));
	EXPECT_EQ(works, CPU_COUNT(&now) == 1);
	EXPECT_EQ(works, act_as(variant->who, make_idle, &self->act) == 0);
	EXPECT_EQ(works, sched_getscheduler(over) == SCHED_IDLE);
}

TEST_F(power, priority)
{
	bool works = signal_works(variant->who, variant->works);
	pid_t over = actor_pid(self->over);

	EXPECT_EQ(works, act_as(variant->who, make_nice, &self->act) == 0);
	EXPECT_EQ(works, getpriority(PRIO_PROCESS, over) == 19);
	EXPECT_EQ(works, act_as(variant->who, make_idle_on_disk, &self->act) == 0);
	EXPECT_EQ(works, disk_class(over) == 3);
}

/* The kernel kills who has used up its time, and asks nobody then. */
TEST_F(power, time)
{
	act_as(variant->who, limit_time, &self->act);
	EXPECT_EQ(signal_works(variant->who, variant->works), self->act.result == 0);
}

static long limit_oneself(struct act *act)
{
	act->number = getpid();
	return limit_files(act) ?: bind_to_one(act) ?: make_nice(act) ?: make_idle_on_disk(act) ?:
	       make_idle(act);
}

TEST(limits_of_oneself)
{
	struct act act = { 0 };

	EXPECT_EQ(0, act_as(CLERK, limit_oneself, &act));
}

static long trace_me(struct act *act)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) ? -errno : 0;
}

/* The keeper gives itself into the hands of its unconfined parent: not its to give. */
TEST(keeper_asks_to_be_traced)
{
	struct act act = { 0 };

	scene_all();
	EXPECT_GT(0, act_as(KEEPER, trace_me, &act));
}

/* --- and it is told ------------------------------------------------------------------------ */

static long kill_it(struct act *act)
{
	return kill(act->number, SIGXFSZ) ? -errno : 0;
}

/* Whom a signal was for is told by its role, not by the signal's number. */
TEST(signal_is_told)
{
	struct actor *keeper = actor_start(&(struct subject){ .login = KEEPER });
	struct act act = { .number = actor_pid(keeper) };

	EXPECT_EQ(-EPERM, act_as(CLERK, kill_it, &act));
	actor_stop(keeper);
	EXPECT_EQ(0, run_command("sleep 2; bailiwick events --json --role clerk >/tmp/signals &&"
				 "jq -es 'map(select(.operation == \"signal\")) | length > 0 and "
				 "any(.object.role == \"keeper\")' /tmp/signals"));
}

/* --- signals of a file ----------------------------------------------------------------- */

enum { BY_OWNER, BY_OWNER_EX, BY_IOCTL, WAYS };

/* act->number: who gets act->descriptor (SIGKILL) as soon as there is something to read */
static long signal_by_file(struct act *act)
{
	struct f_owner_ex owner = { .type = F_OWNER_PID, .pid = act->number };
	int pid = act->number, ends[2], error;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		return -EUCLEAN;
	if (act->flags == BY_OWNER)
		error = fcntl(ends[0], F_SETOWN, pid);
	else if (act->flags == BY_OWNER_EX)
		error = fcntl(ends[0], F_SETOWN_EX, &owner);
	else
		error = ioctl(ends[0], FIOSETOWN, &pid);
	error = error ? -errno : 0;
	if (fcntl(ends[0], F_SETSIG, act->descriptor) || fcntl(ends[0], F_SETFL, O_ASYNC) ||
	    write(ends[1], "x", 1) != 1)
		return -EUCLEAN;
	return error;
}

/* The kernel sends them without asking who may signal whom. */
TEST(signals_of_a_file)
{
	struct act act = { .descriptor = SIGKILL }, alive = { 0 };
	struct actor *keeper;

	for (act.flags = 0; act.flags < WAYS; act.flags++) {
		keeper = actor_start(&(struct subject){ .login = KEEPER });
		act.number = actor_pid(keeper);
		EXPECT_EQ(-EACCES, act_as(CLERK, signal_by_file, &act));
		usleep(20000);
		EXPECT_EQ(0, actor_do(keeper, show_memory, &alive));
		EXPECT_EQ(0, act_as(FREE, signal_by_file, &act));
		usleep(20000);
		EXPECT_EQ(-ECHILD, actor_do(keeper, show_memory, &alive));
		actor_stop(keeper);
	}
}

static long signal_oneself(struct act *act)
{
	signal(SIGUSR1, SIG_IGN);
	act->number = getpid();
	return signal_by_file(act);
}

TEST(signals_of_a_file_to_oneself)
{
	struct act act = { .flags = BY_OWNER, .descriptor = SIGUSR1 };

	EXPECT_EQ(0, act_as(CLERK, signal_oneself, &act));
}

static long controller(void)
{
	FILE *found = popen("pgrep -o -x bailiwickd", "r");
	long pid = 0;

	if (!found || fscanf(found, "%ld", &pid) != 1)
		pid = 0;
	if (found)
		pclose(found);
	return pid;
}

TEST(signals_of_a_file_to_the_controller)
{
	struct act act = { .flags = BY_OWNER, .descriptor = SIGKILL, .number = controller() };

	ASSERT_LT(0, act.number);
	EXPECT_EQ(0, act_as(FREE, signal_by_file, &act));
	usleep(50000);
	EXPECT_EQ(act.number, controller());
}

TEST_HARNESS_MAIN
