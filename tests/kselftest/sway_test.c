// SPDX-License-Identifier: Apache-2.0
/* Others' limits, priorities and signals, named by a thread, a group, a user, a file. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "role.h"
#include "scene.h"

#define SAYS(call) ((call) < 0 ? -errno : 0)

enum {
	PERSON = 4242,		/* a uid of nobody else: what is done to a user hits no other */
	IDLE = 3,		/* of the disk's classes */
	WHO_PROCESS = 1, WHO_GROUP = 2, WHO_USER = 3,
};

/*
 *   who      over          holds all of its rights?
 *   CLERK    a clerk       yes
 *   CLERK    FREE          no
 *   FREE     FREE          nobody asks
 *
 * all of uid 4242, so that the kernel itself has nothing against it
 */
FIXTURE(sway)
{
	struct act act;
	struct actor *who, *over;
	pid_t thread;		/* the second one of `over` */
};

FIXTURE_VARIANT(sway)
{
	uid_t who, over;
	bool works;
};

FIXTURE_VARIANT_ADD(sway, clerk_over_clerk) { .who = CLERK, .over = CLERK, .works = true };
FIXTURE_VARIANT_ADD(sway, clerk_over_free) { .who = CLERK, .over = FREE };
FIXTURE_VARIANT_ADD(sway, free_over_free) { .who = FREE, .over = FREE, .works = true };

static _Atomic pid_t second;

static void *sleep_on(void *unused)
{
	atomic_store(&second, gettid());
	for (;;)
		pause();
	return unused;
}

/* act->number: its second thread; a group of its own */
static long begin_thread(struct act *act)
{
	pthread_t thread;

	if (setpgid(0, 0) || pthread_create(&thread, NULL, sleep_on, NULL))
		return -EUCLEAN;
	while (!atomic_load(&second))
		usleep(1000);
	act->number = atomic_load(&second);
	return 0;
}

FIXTURE_SETUP(sway)
{
	memset(&self->act, 0, sizeof(self->act));
	self->over = actor_start(&(struct subject){ .login = variant->over, .uid = PERSON });
	self->who = actor_start(&(struct subject){ .login = variant->who, .uid = PERSON });
	ASSERT_EQ(0, actor_do(self->over, begin_thread, &self->act));
	self->thread = self->act.number;
}

FIXTURE_TEARDOWN(sway)
{
	actor_stop(self->who);
	actor_stop(self->over);
}

static long limit_files(struct act *act)
{
	struct rlimit limit = { .rlim_cur = 77, .rlim_max = 777 };

	return SAYS(prlimit(act->number, RLIMIT_NOFILE, &limit, NULL));
}

static long bind_to_one(struct act *act)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	return SAYS(sched_setaffinity(act->number, sizeof(one), &one));
}

static long make_idle(struct act *act)
{
	return SAYS(sched_setscheduler(act->number, SCHED_IDLE, &(struct sched_param){ 0 }));
}

/* struct sched_attr, its first version */
static long make_batch(struct act *act)
{
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} batch = { .size = 48, .policy = SCHED_BATCH };

	return SAYS(syscall(SYS_sched_setattr, act->number, &batch, 0));
}

/* act->flags: PRIO_* */
static long make_nice(struct act *act)
{
	return SAYS(setpriority(act->flags, act->number, 19));
}

/* act->flags: WHO_* */
static long make_idle_on_disk(struct act *act)
{
	return SAYS(syscall(SYS_ioprio_set, act->flags, act->number, IDLE << 13));
}

/* One thing done to `number`, which must come of it or not */
#define EXPECT_SWAY(fn, kind, target, came)                                    \
	do {                                                                   \
		self->act.flags = (kind);                                      \
		self->act.number = (target);                                   \
		actor_do(self->who, fn, &self->act);                           \
		EXPECT_EQ(variant->works, came) { TH_LOG("%ld", self->act.result); } \
		if (!variant->works)                                           \
			EXPECT_EQ(-EPERM, self->act.result);                   \
	} while (0)

static bool has_limit(pid_t pid)
{
	struct rlimit now = { 0 };

	return !prlimit(pid, RLIMIT_NOFILE, NULL, &now) && now.rlim_cur == 77;
}

static bool has_one_processor(pid_t pid)
{
	cpu_set_t now;

	return !sched_getaffinity(pid, sizeof(now), &now) && CPU_COUNT(&now) == 1;
}

static bool idles_on_disk(pid_t pid)
{
	return syscall(SYS_ioprio_get, WHO_PROCESS, pid) >> 13 == IDLE;
}

TEST_F(sway, limits_by_a_thread)
{
	EXPECT_SWAY(limit_files, 0, self->thread, has_limit(actor_pid(self->over)));
}

TEST_F(sway, processors_of_a_thread)
{
	EXPECT_SWAY(bind_to_one, 0, self->thread, has_one_processor(self->thread));
	EXPECT_FALSE(has_one_processor(actor_pid(self->over)));
}

TEST_F(sway, policy_of_a_thread)
{
	EXPECT_SWAY(make_batch, 0, self->thread,
		    sched_getscheduler(self->thread) == SCHED_BATCH);
	EXPECT_SWAY(make_idle, 0, self->thread, sched_getscheduler(self->thread) == SCHED_IDLE);
}

TEST_F(sway, priority_of_a_thread)
{
	EXPECT_SWAY(make_nice, PRIO_PROCESS, self->thread,
		    getpriority(PRIO_PROCESS, self->thread) == 19);
	EXPECT_SWAY(make_idle_on_disk, WHO_PROCESS, self->thread, idles_on_disk(self->thread));
}

TEST_F(sway, priority_of_a_group)
{
	pid_t over = actor_pid(self->over);

	EXPECT_SWAY(make_nice, PRIO_PGRP, over, getpriority(PRIO_PROCESS, over) == 19);
	EXPECT_SWAY(make_idle_on_disk, WHO_GROUP, over, idles_on_disk(over));
}

/* Who does it is of the same user: its own priority it may lower. */
TEST_F(sway, priority_of_a_user)
{
	pid_t over = actor_pid(self->over), who = actor_pid(self->who);

	EXPECT_SWAY(make_nice, PRIO_USER, PERSON, getpriority(PRIO_PROCESS, over) == 19);
	EXPECT_EQ(19, getpriority(PRIO_PROCESS, who));
	EXPECT_SWAY(make_idle_on_disk, WHO_USER, PERSON, idles_on_disk(over));
}

/* --- signals of a file, each way ----------------------------------------------------------- */

/*
 *   who ── "tell PID by SIGUSR1 when there is something to read" ──▶ a socket
 *    └──── writes to its other end ─▶ PID gets it, or not
 */
FIXTURE(told)
{
	struct act act;
	struct actor *over;
};

enum { OWN, OWN_GROUP, OWN_EX, OWN_EX_GROUP, OWN_EX_THREAD, BY_FIOSETOWN, BY_SIOCSPGRP,
       BY_FIOSETOWN_32, BY_SIOCSPGRP_32, BY_GROUP_32 };

FIXTURE_VARIANT(told)
{
	int way;
};

#define TOLD(id, by) FIXTURE_VARIANT_ADD(told, id) { .way = by }
TOLD(setown, OWN);
TOLD(setown_group, OWN_GROUP);
TOLD(setown_ex, OWN_EX);
TOLD(setown_ex_group, OWN_EX_GROUP);
TOLD(setown_ex_thread, OWN_EX_THREAD);
TOLD(fiosetown, BY_FIOSETOWN);
TOLD(siocspgrp, BY_SIOCSPGRP);
TOLD(fiosetown_32, BY_FIOSETOWN_32);
TOLD(siocspgrp_32, BY_SIOCSPGRP_32);
TOLD(siocspgrp_group_32, BY_GROUP_32);

static _Atomic int signals;

static void count(int number)
{
	(void)number;
	atomic_fetch_add(&signals, 1);
}

static long count_signals(struct act *act)
{
	(void)act;
	signal(SIGUSR1, count);
	return SAYS(setpgid(0, 0));
}

static long signals_so_far(struct act *act)
{
	(void)act;
	return atomic_load(&signals);
}

FIXTURE_SETUP(told)
{
	memset(&self->act, 0, sizeof(self->act));
	self->over = actor_start(&(struct subject){ .login = KEEPER });
	ASSERT_EQ(0, actor_do(self->over, count_signals, &self->act));
	self->act.number = actor_pid(self->over);
	self->act.flags = variant->way;
}

FIXTURE_TEARDOWN(told)
{
	actor_stop(self->over);
}

/* As a program of 32 bits asks: its pointers are below 4 GiB. */
static long ioctl_32(int fd, unsigned int command, int value)
{
	static int low;
	long result;

	low = value;
	/* The programs here are linked to fixed addresses below 4 GiB. */
	__asm__ volatile("int $0x80" : "=a"(result)
			 : "a"(54), "b"(fd), "c"(command), "d"(&low) : "memory", "r8", "r9",
			   "r10", "r11");
	return result;
}

static long set_owner(int fd, int way, int pid)
{
	struct f_owner_ex owner = { .type = way == OWN_EX ? F_OWNER_PID : way == OWN_EX_GROUP ?
		F_OWNER_PGRP : F_OWNER_TID, .pid = pid };

	switch (way) {
	case OWN:
		return SAYS(fcntl(fd, F_SETOWN, pid));
	case OWN_GROUP:
		return SAYS(fcntl(fd, F_SETOWN, -pid));
	case BY_FIOSETOWN:
		return SAYS(ioctl(fd, FIOSETOWN, &pid));
	case BY_SIOCSPGRP:
		return SAYS(ioctl(fd, SIOCSPGRP, &pid));
	case BY_FIOSETOWN_32:
		return ioctl_32(fd, FIOSETOWN, pid);
	case BY_SIOCSPGRP_32:
		return ioctl_32(fd, SIOCSPGRP, pid);
	case BY_GROUP_32:
		return ioctl_32(fd, SIOCSPGRP, -pid);
	}
	return SAYS(fcntl(fd, F_SETOWN_EX, &owner));
}

/* act->number: whom to tell */
static long tell(struct act *act)
{
	int ends[2];
	long result;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		return -EUCLEAN;
	result = set_owner(ends[0], act->flags, act->number);
	if (fcntl(ends[0], F_SETSIG, SIGUSR1) || fcntl(ends[0], F_SETFL, O_ASYNC) ||
	    write(ends[1], "x", 1) != 1)
		return -EUCLEAN;
	usleep(20000);
	return result;
}

TEST_F(told, of_what_came)
{
	struct act none = { 0 };

	EXPECT_EQ(-EACCES, act_as(CLERK, tell, &self->act));
	EXPECT_EQ(0, actor_do(self->over, signals_so_far, &none));
	EXPECT_EQ(0, act_as(FREE, tell, &self->act));
	EXPECT_LT(0, actor_do(self->over, signals_so_far, &none));
}

/* --- told by oneself, then another ----------------------------------------------------------- */

static int ends_of_own[2];

static long tell_oneself(struct act *act)
{
	long result;

	signal(SIGUSR1, count);
	result = set_owner(ends_of_own[0], act->flags, getpid());
	return result ?: SAYS(fcntl(ends_of_own[0], F_SETSIG, SIGUSR1)) ?:
	       SAYS(fcntl(ends_of_own[0], F_SETFL, O_ASYNC));
}

/* What somebody asked for itself somebody else may set off: that is what it asked for. */
TEST(asked_for_by_who_is_told)
{
	struct act act = { .flags = OWN }, none = { 0 };
	struct actor *over;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends_of_own));
	over = actor_start(&(struct subject){ .login = KEEPER });
	EXPECT_EQ(0, actor_do(over, tell_oneself, &act));
	ASSERT_EQ(1, write(ends_of_own[1], "x", 1));
	usleep(20000);
	EXPECT_EQ(1, actor_do(over, signals_so_far, &none));
	actor_stop(over);
}

/* --- asked for, and then another's ------------------------------------------------------------ */

#define SWITCH SCENE "/bin/switch"

/* -> act->number: a child that asked to be killed by its file, then entered another role */
static long ask_and_become(struct act *act)
{
	char *const arguments[] = { "switch", "serve", NULL };
	int asks[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, asks))
		return -EUCLEAN;
	pid = fork();
	if (pid) {
		act->number = pid;
		close(asks[0]);
		usleep(200000);
		return 0;
	}
	dup2(asks[0], STDIN_FILENO);
	close(asks[1]);
	if (!set_owner(ends_of_own[0], OWN, getpid()) &&
	    !fcntl(ends_of_own[0], F_SETSIG, SIGKILL) && !fcntl(ends_of_own[0], F_SETFL, O_ASYNC))
		execv(SWITCH, arguments);
	_exit(1);
}

static long signal_it(struct act *act) { return SAYS(kill(act->number, SIGUSR1)); }

static long set_it_off(struct act *act)
{
	int status;

	if (write(ends_of_own[1], "x", 1) != 1)
		return -EUCLEAN;
	usleep(200000);
	return waitpid(act->number, &status, WNOHANG) == act->number && WIFSIGNALED(status) ?
		WTERMSIG(status) : 0;
}

/*
 * docs/NOT-MEDIATED.md, terminal-signals: what a process asked for itself it takes along
 * where it enters a role that whoever may set it off could not signal.
 */
TEST(asked_for_before_becoming_another)
{
	struct actor *actor;
	struct act act = { 0 };

	scene_all();
	scene_directory(SCENE "/bin");
	scene_program("payload", SWITCH);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends_of_own));
	actor = actor_start(&(struct subject){ .login = SWITCHER });
	ASSERT_EQ(0, actor_do(actor, ask_and_become, &act));
	EXPECT_EQ(-EPERM, actor_do(actor, signal_it, &act));
	EXPECT_EQ(SIGKILL, actor_do(actor, set_it_off, &act));
	actor_stop(actor);
}

TEST_HARNESS_MAIN
